//go:build !purego

#include "textflag.h"

// The arguments and results are a squareLanes: anchors at 0, abs at 128, sums at
// 160, max at 480, left at 512.

// func squaresAVX2(xs *float64, n int, lanes *squareLanes)
//
// Y0-Y9 sums of products, Y10 max, Y11 left.
TEXT ·squaresAVX2(SB), NOSPLIT, $0-24
	MOVQ xs+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ lanes+16(FP), DI
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3
	VXORPD Y4, Y4, Y4
	VXORPD Y5, Y5, Y5
	VXORPD Y6, Y6, Y6
	VXORPD Y7, Y7, Y7
	VXORPD Y8, Y8, Y8
	VXORPD Y9, Y9, Y9
	VXORPD Y10, Y10, Y10
	VXORPD Y11, Y11, Y11
	SHRQ $4, CX
	JZ   store

next:
	VMOVUPD      0(SI), Y12                 // x
	VANDPD       128(DI), Y12, Y13
	VMAXPD       Y13, Y10, Y10
	VADDPD       0(DI), Y12, Y13
	VSUBPD       0(DI), Y13, Y13            // a
	VSUBPD       Y13, Y12, Y12
	VADDPD       32(DI), Y12, Y14
	VSUBPD       32(DI), Y14, Y14           // b
	VSUBPD       Y14, Y12, Y12
	VADDPD       64(DI), Y12, Y15
	VSUBPD       64(DI), Y15, Y15           // c
	VSUBPD       Y15, Y12, Y12              // d
	VFMADD231PD  Y13, Y13, Y0               // aa
	VFMADD231PD  Y13, Y14, Y1               // ab
	VFMADD231PD  Y13, Y15, Y2               // ac
	VFMADD231PD  Y14, Y14, Y3               // bb
	VFMADD231PD  Y13, Y12, Y4               // ad
	VFMADD231PD  Y14, Y15, Y5               // bc
	VFMADD231PD  Y14, Y12, Y6               // bd
	VFMADD231PD  Y15, Y15, Y7               // cc
	VFMADD231PD  Y15, Y12, Y8               // cd
	VFMADD231PD  Y12, Y12, Y9               // dd
	VADDPD       96(DI), Y12, Y13
	VSUBPD       96(DI), Y13, Y13
	VXORPD       Y13, Y12, Y12              // 0, or a sign, if d is whole
	VORPD        Y12, Y11, Y11

	VMOVUPD      32(SI), Y12                // x
	VANDPD       128(DI), Y12, Y13
	VMAXPD       Y13, Y10, Y10
	VADDPD       0(DI), Y12, Y13
	VSUBPD       0(DI), Y13, Y13            // a
	VSUBPD       Y13, Y12, Y12
	VADDPD       32(DI), Y12, Y14
	VSUBPD       32(DI), Y14, Y14           // b
	VSUBPD       Y14, Y12, Y12
	VADDPD       64(DI), Y12, Y15
	VSUBPD       64(DI), Y15, Y15           // c
	VSUBPD       Y15, Y12, Y12              // d
	VFMADD231PD  Y13, Y13, Y0               // aa
	VFMADD231PD  Y13, Y14, Y1               // ab
	VFMADD231PD  Y13, Y15, Y2               // ac
	VFMADD231PD  Y14, Y14, Y3               // bb
	VFMADD231PD  Y13, Y12, Y4               // ad
	VFMADD231PD  Y14, Y15, Y5               // bc
	VFMADD231PD  Y14, Y12, Y6               // bd
	VFMADD231PD  Y15, Y15, Y7               // cc
	VFMADD231PD  Y15, Y12, Y8               // cd
	VFMADD231PD  Y12, Y12, Y9               // dd
	VADDPD       96(DI), Y12, Y13
	VSUBPD       96(DI), Y13, Y13
	VXORPD       Y13, Y12, Y12              // 0, or a sign, if d is whole
	VORPD        Y12, Y11, Y11

	VMOVUPD      64(SI), Y12                // x
	VANDPD       128(DI), Y12, Y13
	VMAXPD       Y13, Y10, Y10
	VADDPD       0(DI), Y12, Y13
	VSUBPD       0(DI), Y13, Y13            // a
	VSUBPD       Y13, Y12, Y12
	VADDPD       32(DI), Y12, Y14
	VSUBPD       32(DI), Y14, Y14           // b
	VSUBPD       Y14, Y12, Y12
	VADDPD       64(DI), Y12, Y15
	VSUBPD       64(DI), Y15, Y15           // c
	VSUBPD       Y15, Y12, Y12              // d
	VFMADD231PD  Y13, Y13, Y0               // aa
	VFMADD231PD  Y13, Y14, Y1               // ab
	VFMADD231PD  Y13, Y15, Y2               // ac
	VFMADD231PD  Y14, Y14, Y3               // bb
	VFMADD231PD  Y13, Y12, Y4               // ad
	VFMADD231PD  Y14, Y15, Y5               // bc
	VFMADD231PD  Y14, Y12, Y6               // bd
	VFMADD231PD  Y15, Y15, Y7               // cc
	VFMADD231PD  Y15, Y12, Y8               // cd
	VFMADD231PD  Y12, Y12, Y9               // dd
	VADDPD       96(DI), Y12, Y13
	VSUBPD       96(DI), Y13, Y13
	VXORPD       Y13, Y12, Y12              // 0, or a sign, if d is whole
	VORPD        Y12, Y11, Y11

	VMOVUPD      96(SI), Y12                // x
	VANDPD       128(DI), Y12, Y13
	VMAXPD       Y13, Y10, Y10
	VADDPD       0(DI), Y12, Y13
	VSUBPD       0(DI), Y13, Y13            // a
	VSUBPD       Y13, Y12, Y12
	VADDPD       32(DI), Y12, Y14
	VSUBPD       32(DI), Y14, Y14           // b
	VSUBPD       Y14, Y12, Y12
	VADDPD       64(DI), Y12, Y15
	VSUBPD       64(DI), Y15, Y15           // c
	VSUBPD       Y15, Y12, Y12              // d
	VFMADD231PD  Y13, Y13, Y0               // aa
	VFMADD231PD  Y13, Y14, Y1               // ab
	VFMADD231PD  Y13, Y15, Y2               // ac
	VFMADD231PD  Y14, Y14, Y3               // bb
	VFMADD231PD  Y13, Y12, Y4               // ad
	VFMADD231PD  Y14, Y15, Y5               // bc
	VFMADD231PD  Y14, Y12, Y6               // bd
	VFMADD231PD  Y15, Y15, Y7               // cc
	VFMADD231PD  Y15, Y12, Y8               // cd
	VFMADD231PD  Y12, Y12, Y9               // dd
	VADDPD       96(DI), Y12, Y13
	VSUBPD       96(DI), Y13, Y13
	VXORPD       Y13, Y12, Y12              // 0, or a sign, if d is whole
	VORPD        Y12, Y11, Y11

	ADDQ $128, SI
	DECQ CX
	JNZ  next

store:
	VMOVUPD Y0, 160(DI)
	VMOVUPD Y1, 192(DI)
	VMOVUPD Y2, 224(DI)
	VMOVUPD Y3, 256(DI)
	VMOVUPD Y4, 288(DI)
	VMOVUPD Y5, 320(DI)
	VMOVUPD Y6, 352(DI)
	VMOVUPD Y7, 384(DI)
	VMOVUPD Y8, 416(DI)
	VMOVUPD Y9, 448(DI)
	VMOVUPD Y10, 480(DI)
	VMOVUPD Y11, 512(DI)
	VZEROUPPER
	RET

// func squaresAVX512(xs *float64, n int, lanes *squareLanes)
//
// Z0-Z9 sums of products, Z10 max, Z11 left, Z16-Z19 anchors, Z20 abs.
TEXT ·squaresAVX512(SB), NOSPLIT, $0-24
	MOVQ         xs+0(FP), SI
	MOVQ         n+8(FP), CX
	MOVQ         lanes+16(FP), DI
	VBROADCASTSD 0(DI), Z16
	VBROADCASTSD 32(DI), Z17
	VBROADCASTSD 64(DI), Z18
	VBROADCASTSD 96(DI), Z19
	VBROADCASTSD 128(DI), Z20
	VPXORQ       Z0, Z0, Z0
	VPXORQ       Z1, Z1, Z1
	VPXORQ       Z2, Z2, Z2
	VPXORQ       Z3, Z3, Z3
	VPXORQ       Z4, Z4, Z4
	VPXORQ       Z5, Z5, Z5
	VPXORQ       Z6, Z6, Z6
	VPXORQ       Z7, Z7, Z7
	VPXORQ       Z8, Z8, Z8
	VPXORQ       Z9, Z9, Z9
	VPXORQ       Z10, Z10, Z10
	VPXORQ       Z11, Z11, Z11
	SHRQ         $4, CX
	JZ           fold

next512:
	VMOVUPD      0(SI), Z12                 // x
	VPANDQ       Z20, Z12, Z13
	VMAXPD       Z13, Z10, Z10
	VADDPD       Z16, Z12, Z13
	VSUBPD       Z16, Z13, Z13              // a
	VSUBPD       Z13, Z12, Z12
	VADDPD       Z17, Z12, Z14
	VSUBPD       Z17, Z14, Z14              // b
	VSUBPD       Z14, Z12, Z12
	VADDPD       Z18, Z12, Z15
	VSUBPD       Z18, Z15, Z15              // c
	VSUBPD       Z15, Z12, Z12              // d
	VFMADD231PD  Z13, Z13, Z0               // aa
	VFMADD231PD  Z13, Z14, Z1               // ab
	VFMADD231PD  Z13, Z15, Z2               // ac
	VFMADD231PD  Z14, Z14, Z3               // bb
	VFMADD231PD  Z13, Z12, Z4               // ad
	VFMADD231PD  Z14, Z15, Z5               // bc
	VFMADD231PD  Z14, Z12, Z6               // bd
	VFMADD231PD  Z15, Z15, Z7               // cc
	VFMADD231PD  Z15, Z12, Z8               // cd
	VFMADD231PD  Z12, Z12, Z9               // dd
	VADDPD       Z19, Z12, Z13
	VSUBPD       Z19, Z13, Z13
	VPXORQ       Z13, Z12, Z12              // 0, or a sign, if d is whole
	VPORQ        Z12, Z11, Z11

	VMOVUPD      64(SI), Z22                // x
	VPANDQ       Z20, Z22, Z23
	VMAXPD       Z23, Z10, Z10
	VADDPD       Z16, Z22, Z23
	VSUBPD       Z16, Z23, Z23              // a
	VSUBPD       Z23, Z22, Z22
	VADDPD       Z17, Z22, Z24
	VSUBPD       Z17, Z24, Z24              // b
	VSUBPD       Z24, Z22, Z22
	VADDPD       Z18, Z22, Z25
	VSUBPD       Z18, Z25, Z25              // c
	VSUBPD       Z25, Z22, Z22              // d
	VFMADD231PD  Z23, Z23, Z0               // aa
	VFMADD231PD  Z23, Z24, Z1               // ab
	VFMADD231PD  Z23, Z25, Z2               // ac
	VFMADD231PD  Z24, Z24, Z3               // bb
	VFMADD231PD  Z23, Z22, Z4               // ad
	VFMADD231PD  Z24, Z25, Z5               // bc
	VFMADD231PD  Z24, Z22, Z6               // bd
	VFMADD231PD  Z25, Z25, Z7               // cc
	VFMADD231PD  Z25, Z22, Z8               // cd
	VFMADD231PD  Z22, Z22, Z9               // dd
	VADDPD       Z19, Z22, Z23
	VSUBPD       Z19, Z23, Z23
	VPXORQ       Z23, Z22, Z22              // 0, or a sign, if d is whole
	VPORQ        Z22, Z11, Z11

	ADDQ $128, SI
	DECQ CX
	JNZ  next512

fold:
	// Upper halves onto lower ones: sums of half of squareLaneLen values each.
	VEXTRACTF64X4 $1, Z0, Y12
	VADDPD        Y12, Y0, Y0
	VMOVUPD       Y0, 160(DI)
	VEXTRACTF64X4 $1, Z1, Y12
	VADDPD        Y12, Y1, Y1
	VMOVUPD       Y1, 192(DI)
	VEXTRACTF64X4 $1, Z2, Y12
	VADDPD        Y12, Y2, Y2
	VMOVUPD       Y2, 224(DI)
	VEXTRACTF64X4 $1, Z3, Y12
	VADDPD        Y12, Y3, Y3
	VMOVUPD       Y3, 256(DI)
	VEXTRACTF64X4 $1, Z4, Y12
	VADDPD        Y12, Y4, Y4
	VMOVUPD       Y4, 288(DI)
	VEXTRACTF64X4 $1, Z5, Y12
	VADDPD        Y12, Y5, Y5
	VMOVUPD       Y5, 320(DI)
	VEXTRACTF64X4 $1, Z6, Y12
	VADDPD        Y12, Y6, Y6
	VMOVUPD       Y6, 352(DI)
	VEXTRACTF64X4 $1, Z7, Y12
	VADDPD        Y12, Y7, Y7
	VMOVUPD       Y7, 384(DI)
	VEXTRACTF64X4 $1, Z8, Y12
	VADDPD        Y12, Y8, Y8
	VMOVUPD       Y8, 416(DI)
	VEXTRACTF64X4 $1, Z9, Y12
	VADDPD        Y12, Y9, Y9
	VMOVUPD       Y9, 448(DI)
	VEXTRACTF64X4 $1, Z10, Y12
	VMAXPD        Y12, Y10, Y10
	VMOVUPD       Y10, 480(DI)
	VEXTRACTF64X4 $1, Z11, Y12
	VORPD         Y12, Y11, Y11
	VMOVUPD       Y11, 512(DI)
	VZEROUPPER
	RET
