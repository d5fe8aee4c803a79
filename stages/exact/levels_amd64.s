//go:build !purego

#include "textflag.h"

// Both keep, per lane, the largest |x| and the union of the bits of all rests.
// An accumulator's rounding is that of addLevelsGo. At the end the accumulators' bits are
// summed as integers: the caller knows what the anchors add to them.

// func levelsAVX2(xs *float64, n int, anchors *[3]float64, out *laneSums)
//
// Two levels. Y0-Y3 first accumulators, Y4-Y7 second ones, Y8 max, Y9 left,
// Y10 mask of |x|.
TEXT ·levelsAVX2(SB), NOSPLIT, $0-32
	MOVQ         xs+0(FP), SI
	MOVQ         n+8(FP), CX
	MOVQ         anchors+16(FP), BX
	MOVQ         out+24(FP), DI
	VBROADCASTSD 0(BX), Y0
	VMOVAPD      Y0, Y1
	VMOVAPD      Y0, Y2
	VMOVAPD      Y0, Y3
	VBROADCASTSD 8(BX), Y4
	VMOVAPD      Y4, Y5
	VMOVAPD      Y4, Y6
	VMOVAPD      Y4, Y7
	VXORPD       Y8, Y8, Y8
	VXORPD       Y9, Y9, Y9
	VPCMPEQQ     Y10, Y10, Y10
	VPSRLQ       $1, Y10, Y10
	SHRQ         $4, CX
	JZ           done2

loop2:
	VMOVUPD 0(SI), Y11
	VANDPD  Y10, Y11, Y12
	VMAXPD  Y12, Y8, Y8
	VADDPD  Y11, Y0, Y12
	VSUBPD  Y0, Y12, Y13
	VMOVAPD Y12, Y0
	VSUBPD  Y13, Y11, Y11
	VADDPD  Y11, Y4, Y12
	VSUBPD  Y4, Y12, Y13
	VMOVAPD Y12, Y4
	VSUBPD  Y13, Y11, Y11
	VORPD   Y11, Y9, Y9

	VMOVUPD 32(SI), Y14
	VANDPD  Y10, Y14, Y15
	VMAXPD  Y15, Y8, Y8
	VADDPD  Y14, Y1, Y15
	VSUBPD  Y1, Y15, Y13
	VMOVAPD Y15, Y1
	VSUBPD  Y13, Y14, Y14
	VADDPD  Y14, Y5, Y15
	VSUBPD  Y5, Y15, Y13
	VMOVAPD Y15, Y5
	VSUBPD  Y13, Y14, Y14
	VORPD   Y14, Y9, Y9

	VMOVUPD 64(SI), Y11
	VANDPD  Y10, Y11, Y12
	VMAXPD  Y12, Y8, Y8
	VADDPD  Y11, Y2, Y12
	VSUBPD  Y2, Y12, Y13
	VMOVAPD Y12, Y2
	VSUBPD  Y13, Y11, Y11
	VADDPD  Y11, Y6, Y12
	VSUBPD  Y6, Y12, Y13
	VMOVAPD Y12, Y6
	VSUBPD  Y13, Y11, Y11
	VORPD   Y11, Y9, Y9

	VMOVUPD 96(SI), Y14
	VANDPD  Y10, Y14, Y15
	VMAXPD  Y15, Y8, Y8
	VADDPD  Y14, Y3, Y15
	VSUBPD  Y3, Y15, Y13
	VMOVAPD Y15, Y3
	VSUBPD  Y13, Y14, Y14
	VADDPD  Y14, Y7, Y15
	VSUBPD  Y7, Y15, Y13
	VMOVAPD Y15, Y7
	VSUBPD  Y13, Y14, Y14
	VORPD   Y14, Y9, Y9

	ADDQ $128, SI
	DECQ CX
	JNZ  loop2

done2:
	VPADDQ  Y1, Y0, Y0
	VPADDQ  Y3, Y2, Y2
	VPADDQ  Y2, Y0, Y0
	VPADDQ  Y5, Y4, Y4
	VPADDQ  Y7, Y6, Y6
	VPADDQ  Y6, Y4, Y4
	VMOVDQU Y0, 0(DI)
	VMOVDQU Y4, 32(DI)
	VMOVUPD Y8, 96(DI)
	VMOVUPD Y9, 128(DI)
	VZEROUPPER
	RET

// func moreLevelsAVX2(xs *float64, n int, anchors *[3]float64, out *laneSums)
//
// Three levels. Y0-Y1, Y2-Y3 and Y4-Y5 accumulators, Y6 max, Y7 left, Y8 mask
// of |x|.
TEXT ·moreLevelsAVX2(SB), NOSPLIT, $0-32
	MOVQ         xs+0(FP), SI
	MOVQ         n+8(FP), CX
	MOVQ         anchors+16(FP), BX
	MOVQ         out+24(FP), DI
	VBROADCASTSD 0(BX), Y0
	VMOVAPD      Y0, Y1
	VBROADCASTSD 8(BX), Y2
	VMOVAPD      Y2, Y3
	VBROADCASTSD 16(BX), Y4
	VMOVAPD      Y4, Y5
	VXORPD       Y6, Y6, Y6
	VXORPD       Y7, Y7, Y7
	VPCMPEQQ     Y8, Y8, Y8
	VPSRLQ       $1, Y8, Y8
	SHRQ         $3, CX
	JZ           done3

loop3:
	VMOVUPD 0(SI), Y9
	VANDPD  Y8, Y9, Y10
	VMAXPD  Y10, Y6, Y6
	VADDPD  Y9, Y0, Y10
	VSUBPD  Y0, Y10, Y11
	VMOVAPD Y10, Y0
	VSUBPD  Y11, Y9, Y9
	VADDPD  Y9, Y2, Y10
	VSUBPD  Y2, Y10, Y11
	VMOVAPD Y10, Y2
	VSUBPD  Y11, Y9, Y9
	VADDPD  Y9, Y4, Y10
	VSUBPD  Y4, Y10, Y11
	VMOVAPD Y10, Y4
	VSUBPD  Y11, Y9, Y9
	VORPD   Y9, Y7, Y7

	VMOVUPD 32(SI), Y12
	VANDPD  Y8, Y12, Y13
	VMAXPD  Y13, Y6, Y6
	VADDPD  Y12, Y1, Y13
	VSUBPD  Y1, Y13, Y11
	VMOVAPD Y13, Y1
	VSUBPD  Y11, Y12, Y12
	VADDPD  Y12, Y3, Y13
	VSUBPD  Y3, Y13, Y11
	VMOVAPD Y13, Y3
	VSUBPD  Y11, Y12, Y12
	VADDPD  Y12, Y5, Y13
	VSUBPD  Y5, Y13, Y11
	VMOVAPD Y13, Y5
	VSUBPD  Y11, Y12, Y12
	VORPD   Y12, Y7, Y7

	ADDQ $64, SI
	DECQ CX
	JNZ  loop3

done3:
	VPADDQ  Y1, Y0, Y0
	VPADDQ  Y3, Y2, Y2
	VPADDQ  Y5, Y4, Y4
	VMOVDQU Y0, 0(DI)
	VMOVDQU Y2, 32(DI)
	VMOVDQU Y4, 64(DI)
	VMOVUPD Y6, 96(DI)
	VMOVUPD Y7, 128(DI)
	VZEROUPPER
	RET
