//go:build !purego

#include "textflag.h"

// func intsAVX2(vs unsafe.Pointer, n int, flip uint64, out *[2][4]uint64)
//
// Y0, Y2 sums modulo 2^64, Y1, Y3 sums of the high halves of v^flip, Y4 flip.
TEXT ·intsAVX2(SB), NOSPLIT, $0-32
	MOVQ         vs+0(FP), SI
	MOVQ         n+8(FP), CX
	VPBROADCASTQ flip+16(FP), Y4
	MOVQ         out+24(FP), DI
	VPXOR        Y0, Y0, Y0
	VPXOR        Y1, Y1, Y1
	VPXOR        Y2, Y2, Y2
	VPXOR        Y3, Y3, Y3
	SHRQ         $4, CX
	JZ           intsDone

intsLoop:
	VMOVDQU 0(SI), Y5
	VPADDQ  Y5, Y0, Y0
	VPXOR   Y4, Y5, Y6
	VPSRLQ  $32, Y6, Y6
	VPADDQ  Y6, Y1, Y1

	VMOVDQU 32(SI), Y7
	VPADDQ  Y7, Y2, Y2
	VPXOR   Y4, Y7, Y8
	VPSRLQ  $32, Y8, Y8
	VPADDQ  Y8, Y3, Y3

	VMOVDQU 64(SI), Y9
	VPADDQ  Y9, Y0, Y0
	VPXOR   Y4, Y9, Y10
	VPSRLQ  $32, Y10, Y10
	VPADDQ  Y10, Y1, Y1

	VMOVDQU 96(SI), Y11
	VPADDQ  Y11, Y2, Y2
	VPXOR   Y4, Y11, Y12
	VPSRLQ  $32, Y12, Y12
	VPADDQ  Y12, Y3, Y3

	ADDQ $128, SI
	DECQ CX
	JNZ  intsLoop

intsDone:
	VPADDQ  Y2, Y0, Y0
	VPADDQ  Y3, Y1, Y1
	VMOVDQU Y0, 0(DI)
	VMOVDQU Y1, 32(DI)
	VZEROUPPER
	RET

// func intSquaresAVX2(vs *int64, n int, out *[3][4]uint64)
//
// Y0, Y2 sums of the low halves of the squares of the low halves, Y1, Y3 of
// the high halves, Y4 union of v + 2^31, Y5 the 2^31, Y6 mask of low halves.
TEXT ·intSquaresAVX2(SB), NOSPLIT, $0-24
	MOVQ     vs+0(FP), SI
	MOVQ     n+8(FP), CX
	MOVQ     out+16(FP), DI
	VPXOR    Y0, Y0, Y0
	VPXOR    Y1, Y1, Y1
	VPXOR    Y2, Y2, Y2
	VPXOR    Y3, Y3, Y3
	VPXOR    Y4, Y4, Y4
	VPCMPEQQ Y5, Y5, Y5
	VPSRLQ   $32, Y5, Y6
	VPSRLQ   $63, Y5, Y5
	VPSLLQ   $31, Y5, Y5
	SHRQ     $4, CX
	JZ       squaresDone

squaresLoop:
	VMOVDQU 0(SI), Y7
	VPADDQ  Y5, Y7, Y8
	VPOR    Y8, Y4, Y4
	VPMULDQ Y7, Y7, Y7
	VPAND   Y6, Y7, Y8
	VPADDQ  Y8, Y0, Y0
	VPSRLQ  $32, Y7, Y7
	VPADDQ  Y7, Y1, Y1

	VMOVDQU 32(SI), Y9
	VPADDQ  Y5, Y9, Y10
	VPOR    Y10, Y4, Y4
	VPMULDQ Y9, Y9, Y9
	VPAND   Y6, Y9, Y10
	VPADDQ  Y10, Y2, Y2
	VPSRLQ  $32, Y9, Y9
	VPADDQ  Y9, Y3, Y3

	VMOVDQU 64(SI), Y11
	VPADDQ  Y5, Y11, Y12
	VPOR    Y12, Y4, Y4
	VPMULDQ Y11, Y11, Y11
	VPAND   Y6, Y11, Y12
	VPADDQ  Y12, Y0, Y0
	VPSRLQ  $32, Y11, Y11
	VPADDQ  Y11, Y1, Y1

	VMOVDQU 96(SI), Y13
	VPADDQ  Y5, Y13, Y14
	VPOR    Y14, Y4, Y4
	VPMULDQ Y13, Y13, Y13
	VPAND   Y6, Y13, Y14
	VPADDQ  Y14, Y2, Y2
	VPSRLQ  $32, Y13, Y13
	VPADDQ  Y13, Y3, Y3

	ADDQ $128, SI
	DECQ CX
	JNZ  squaresLoop

squaresDone:
	VPADDQ  Y2, Y0, Y0
	VPADDQ  Y3, Y1, Y1
	VMOVDQU Y0, 0(DI)
	VMOVDQU Y1, 32(DI)
	VMOVDQU Y4, 64(DI)
	VZEROUPPER
	RET

// func wideSquaresAVX2(vs *int64, n int, out *[6][4]uint64)
//
// Y0, Y2, Y4 sums modulo 2^64 of low·low, low·high, high·high, Y1, Y3, Y5 of their
// high halves, Y6 zero.
TEXT ·wideSquaresAVX2(SB), NOSPLIT, $0-24
	MOVQ  vs+0(FP), SI
	MOVQ  n+8(FP), CX
	MOVQ  out+16(FP), DI
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	VPXOR Y2, Y2, Y2
	VPXOR Y3, Y3, Y3
	VPXOR Y4, Y4, Y4
	VPXOR Y5, Y5, Y5
	VPXOR Y6, Y6, Y6
	SHRQ  $3, CX
	JZ    wideDone

wideLoop:
	VMOVDQU  0(SI), Y7
	VPCMPGTQ Y7, Y6, Y8
	VPXOR    Y8, Y7, Y7
	VPSUBQ   Y8, Y7, Y7
	VPSRLQ   $32, Y7, Y8
	VPMULUDQ Y7, Y7, Y9
	VPMULUDQ Y8, Y7, Y7
	VPMULUDQ Y8, Y8, Y8
	VPADDQ   Y9, Y0, Y0
	VPSRLQ   $32, Y9, Y9
	VPADDQ   Y9, Y1, Y1
	VPADDQ   Y7, Y2, Y2
	VPSRLQ   $32, Y7, Y7
	VPADDQ   Y7, Y3, Y3
	VPADDQ   Y8, Y4, Y4
	VPSRLQ   $32, Y8, Y8
	VPADDQ   Y8, Y5, Y5

	VMOVDQU  32(SI), Y10
	VPCMPGTQ Y10, Y6, Y11
	VPXOR    Y11, Y10, Y10
	VPSUBQ   Y11, Y10, Y10
	VPSRLQ   $32, Y10, Y11
	VPMULUDQ Y10, Y10, Y12
	VPMULUDQ Y11, Y10, Y10
	VPMULUDQ Y11, Y11, Y11
	VPADDQ   Y12, Y0, Y0
	VPSRLQ   $32, Y12, Y12
	VPADDQ   Y12, Y1, Y1
	VPADDQ   Y10, Y2, Y2
	VPSRLQ   $32, Y10, Y10
	VPADDQ   Y10, Y3, Y3
	VPADDQ   Y11, Y4, Y4
	VPSRLQ   $32, Y11, Y11
	VPADDQ   Y11, Y5, Y5

	ADDQ $64, SI
	DECQ CX
	JNZ  wideLoop

wideDone:
	VMOVDQU Y0, 0(DI)
	VMOVDQU Y1, 32(DI)
	VMOVDQU Y2, 64(DI)
	VMOVDQU Y3, 96(DI)
	VMOVDQU Y4, 128(DI)
	VMOVDQU Y5, 160(DI)
	VZEROUPPER
	RET
