//go:build !purego

#include "textflag.h"

// MARK writes the position of the lowest bit of R11 and takes it out.
#define MARK(offset) \
	TZCNTQ R11, R12             \
	ADDL   BX, R12              \
	MOVL   R12, offset(DI)      \
	BLSRQ  R11, R11

// func scanAVX2(text *byte, blocks int, comma byte, base uint32, out *uint32) (found, newlines int, quotes uint64)
//
// Twelve positions are written always, so that the usual block costs no
// misprediction; out has room for as many as a block has bytes.
TEXT ·scanAVX2(SB), NOSPLIT, $0-56
	MOVQ text+0(FP), SI
	MOVQ blocks+8(FP), CX
	MOVL base+20(FP), BX
	MOVQ out+24(FP), DI

	VPBROADCASTB comma+16(FP), Y0
	MOVL         $0x0a0a0a0a, AX
	VMOVD        AX, X1
	VPBROADCASTD X1, Y1
	MOVL         $0x22222222, AX
	VMOVD        AX, X2
	VPBROADCASTD X2, Y2
	VPXOR        Y3, Y3, Y3      // quotes
	XORL         R8, R8          // line feeds

block:
	VMOVDQU   (SI), Y4
	VMOVDQU   32(SI), Y5
	VPCMPEQB  Y4, Y1, Y6
	VPCMPEQB  Y5, Y1, Y7
	VPCMPEQB  Y4, Y2, Y8
	VPCMPEQB  Y5, Y2, Y9
	VPCMPEQB  Y4, Y0, Y10
	VPCMPEQB  Y5, Y0, Y11
	VPOR      Y8, Y3, Y3
	VPOR      Y9, Y3, Y3
	VPOR      Y6, Y10, Y10
	VPOR      Y7, Y11, Y11
	VPMOVMSKB Y6, R9
	VPMOVMSKB Y7, R10
	SHLQ      $32, R10
	ORQ       R10, R9
	POPCNTQ   R9, R9
	ADDQ      R9, R8
	VPMOVMSKB Y10, R11
	VPMOVMSKB Y11, R12
	SHLQ      $32, R12
	ORQ       R12, R11
	POPCNTQ   R11, R13
	MARK(0)
	MARK(4)
	MARK(8)
	MARK(12)
	MARK(16)
	MARK(20)
	MARK(24)
	MARK(28)
	MARK(32)
	MARK(36)
	MARK(40)
	MARK(44)
	CMPQ      R13, $12
	JHI       more

next:
	LEAQ (DI)(R13*4), DI
	ADDQ $64, SI
	ADDL $64, BX
	DECQ CX
	JNZ  block

	MOVQ      out+24(FP), AX
	SUBQ      AX, DI
	SHRQ      $2, DI
	MOVQ      DI, found+32(FP)
	MOVQ      R8, newlines+40(FP)
	VPMOVMSKB Y3, AX
	MOVQ      AX, quotes+48(FP)
	VZEROUPPER
	RET

more:
	MARK(48)
	MARK(52)
	MARK(56)
	MARK(60)
	MARK(64)
	MARK(68)
	MARK(72)
	MARK(76)
	MARK(80)
	MARK(84)
	MARK(88)
	MARK(92)
	LEAQ  96(DI), R10
	TESTQ R11, R11
	JZ    next

rest:
	TZCNTQ R11, R12
	ADDL   BX, R12
	MOVL   R12, (R10)
	ADDQ   $4, R10
	BLSRQ  R11, R11
	JNZ    rest
	JMP    next

// func masksAVX2(text *byte, blocks int, comma byte, out *blockMasks)
TEXT ·masksAVX2(SB), NOSPLIT, $0-32
	MOVQ text+0(FP), SI
	MOVQ blocks+8(FP), CX
	MOVQ out+24(FP), DI

	VPBROADCASTB comma+16(FP), Y0
	MOVL         $0x0a0a0a0a, AX
	VMOVD        AX, X1
	VPBROADCASTD X1, Y1
	MOVL         $0x22222222, AX
	VMOVD        AX, X2
	VPBROADCASTD X2, Y2

masks:
	VMOVDQU   (SI), Y4
	VMOVDQU   32(SI), Y5
	VPCMPEQB  Y4, Y1, Y6
	VPCMPEQB  Y5, Y1, Y7
	VPCMPEQB  Y4, Y0, Y8
	VPCMPEQB  Y5, Y0, Y9
	VPCMPEQB  Y4, Y2, Y10
	VPCMPEQB  Y5, Y2, Y11
	VPOR      Y6, Y8, Y8
	VPOR      Y7, Y9, Y9
	VPMOVMSKB Y8, AX
	VPMOVMSKB Y9, BX
	SHLQ      $32, BX
	ORQ       BX, AX
	MOVQ      AX, (DI)
	VPMOVMSKB Y10, AX
	VPMOVMSKB Y11, BX
	SHLQ      $32, BX
	ORQ       BX, AX
	MOVQ      AX, 8(DI)
	ADDQ      $64, SI
	ADDQ      $16, DI
	DECQ      CX
	JNZ       masks
	VZEROUPPER
	RET
