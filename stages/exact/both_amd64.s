//go:build !purego

#include "textflag.h"

// The arguments and results are a bothLanes: anchors at 0, abs at 96, products at
// 128, parts at 320, max at 416, left at 448.

// func bothAVX2(xs *float64, n int, lanes *bothLanes)
//
// Y0-Y5 sums of products, Y6-Y8 of parts, Y9 max, Y10 left, Y11 abs.
TEXT ·bothAVX2(SB), NOSPLIT, $0-24
	MOVQ    xs+0(FP), SI
	MOVQ    n+8(FP), CX
	MOVQ    lanes+16(FP), DI
	VMOVUPD 96(DI), Y11
	VXORPD  Y0, Y0, Y0
	VXORPD  Y1, Y1, Y1
	VXORPD  Y2, Y2, Y2
	VXORPD  Y3, Y3, Y3
	VXORPD  Y4, Y4, Y4
	VXORPD  Y5, Y5, Y5
	VXORPD  Y6, Y6, Y6
	VXORPD  Y7, Y7, Y7
	VXORPD  Y8, Y8, Y8
	VXORPD  Y9, Y9, Y9
	VXORPD  Y10, Y10, Y10
	SHRQ    $4, CX
	JZ      store

next:
	VMOVUPD      0(SI), Y12                // x
	VANDPD       Y11, Y12, Y13
	VMAXPD       Y13, Y9, Y9
	VADDPD       0(DI), Y12, Y13
	VSUBPD       0(DI), Y13, Y13            // a
	VSUBPD       Y13, Y12, Y12
	VADDPD       32(DI), Y12, Y14
	VSUBPD       32(DI), Y14, Y14           // b
	VSUBPD       Y14, Y12, Y12              // c
	VFMADD231PD  Y13, Y13, Y0               // aa
	VFMADD231PD  Y13, Y14, Y1               // ab
	VFMADD231PD  Y13, Y12, Y2               // ac
	VFMADD231PD  Y14, Y14, Y3               // bb
	VFMADD231PD  Y14, Y12, Y4               // bc
	VFMADD231PD  Y12, Y12, Y5               // cc
	VADDPD       Y13, Y6, Y6
	VADDPD       Y14, Y7, Y7
	VADDPD       Y12, Y8, Y8
	VADDPD       64(DI), Y12, Y15
	VSUBPD       64(DI), Y15, Y15
	VXORPD       Y15, Y12, Y15              // 0, or a sign, if c is whole
	VORPD        Y15, Y10, Y10

	VMOVUPD      32(SI), Y12                // x
	VANDPD       Y11, Y12, Y13
	VMAXPD       Y13, Y9, Y9
	VADDPD       0(DI), Y12, Y13
	VSUBPD       0(DI), Y13, Y13            // a
	VSUBPD       Y13, Y12, Y12
	VADDPD       32(DI), Y12, Y14
	VSUBPD       32(DI), Y14, Y14           // b
	VSUBPD       Y14, Y12, Y12              // c
	VFMADD231PD  Y13, Y13, Y0               // aa
	VFMADD231PD  Y13, Y14, Y1               // ab
	VFMADD231PD  Y13, Y12, Y2               // ac
	VFMADD231PD  Y14, Y14, Y3               // bb
	VFMADD231PD  Y14, Y12, Y4               // bc
	VFMADD231PD  Y12, Y12, Y5               // cc
	VADDPD       Y13, Y6, Y6
	VADDPD       Y14, Y7, Y7
	VADDPD       Y12, Y8, Y8
	VADDPD       64(DI), Y12, Y15
	VSUBPD       64(DI), Y15, Y15
	VXORPD       Y15, Y12, Y15              // 0, or a sign, if c is whole
	VORPD        Y15, Y10, Y10

	VMOVUPD      64(SI), Y12                // x
	VANDPD       Y11, Y12, Y13
	VMAXPD       Y13, Y9, Y9
	VADDPD       0(DI), Y12, Y13
	VSUBPD       0(DI), Y13, Y13            // a
	VSUBPD       Y13, Y12, Y12
	VADDPD       32(DI), Y12, Y14
	VSUBPD       32(DI), Y14, Y14           // b
	VSUBPD       Y14, Y12, Y12              // c
	VFMADD231PD  Y13, Y13, Y0               // aa
	VFMADD231PD  Y13, Y14, Y1               // ab
	VFMADD231PD  Y13, Y12, Y2               // ac
	VFMADD231PD  Y14, Y14, Y3               // bb
	VFMADD231PD  Y14, Y12, Y4               // bc
	VFMADD231PD  Y12, Y12, Y5               // cc
	VADDPD       Y13, Y6, Y6
	VADDPD       Y14, Y7, Y7
	VADDPD       Y12, Y8, Y8
	VADDPD       64(DI), Y12, Y15
	VSUBPD       64(DI), Y15, Y15
	VXORPD       Y15, Y12, Y15              // 0, or a sign, if c is whole
	VORPD        Y15, Y10, Y10

	VMOVUPD      96(SI), Y12                // x
	VANDPD       Y11, Y12, Y13
	VMAXPD       Y13, Y9, Y9
	VADDPD       0(DI), Y12, Y13
	VSUBPD       0(DI), Y13, Y13            // a
	VSUBPD       Y13, Y12, Y12
	VADDPD       32(DI), Y12, Y14
	VSUBPD       32(DI), Y14, Y14           // b
	VSUBPD       Y14, Y12, Y12              // c
	VFMADD231PD  Y13, Y13, Y0               // aa
	VFMADD231PD  Y13, Y14, Y1               // ab
	VFMADD231PD  Y13, Y12, Y2               // ac
	VFMADD231PD  Y14, Y14, Y3               // bb
	VFMADD231PD  Y14, Y12, Y4               // bc
	VFMADD231PD  Y12, Y12, Y5               // cc
	VADDPD       Y13, Y6, Y6
	VADDPD       Y14, Y7, Y7
	VADDPD       Y12, Y8, Y8
	VADDPD       64(DI), Y12, Y15
	VSUBPD       64(DI), Y15, Y15
	VXORPD       Y15, Y12, Y15              // 0, or a sign, if c is whole
	VORPD        Y15, Y10, Y10

	ADDQ $128, SI
	DECQ CX
	JNZ  next

store:
	VMOVUPD Y0, 128(DI)
	VMOVUPD Y1, 160(DI)
	VMOVUPD Y2, 192(DI)
	VMOVUPD Y3, 224(DI)
	VMOVUPD Y4, 256(DI)
	VMOVUPD Y5, 288(DI)
	VMOVUPD Y6, 320(DI)
	VMOVUPD Y7, 352(DI)
	VMOVUPD Y8, 384(DI)
	VMOVUPD Y9, 416(DI)
	VMOVUPD Y10, 448(DI)
	VZEROUPPER
	RET
