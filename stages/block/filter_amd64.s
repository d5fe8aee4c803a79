//go:build !purego

#include "textflag.h"

// Eight rows, whose bits are the lowest of AX.
#define EIGHT \
	MOVBLZX   AX, R9; \
	SHRL      $8, AX; \
	VPMOVZXBD (R8)(R9*8), Y2; \
	VPADDD    Y0, Y2, Y2; \
	VMOVDQU   Y2, (DI); \
	POPCNTL   R9, R9; \
	LEAQ      (DI)(R9*4), DI; \
	VPADDD    Y1, Y0, Y0

// func positionsAVX2(dst *int32, keep, nulls *byte, n int, base int32, table *[256]uint64) int
//
// Y0 is the row of the first of eight, in all lanes, Y1 is 8, R10 the first of dst.
TEXT ·positionsAVX2(SB), NOSPLIT, $0-56
	MOVQ         dst+0(FP), DI
	MOVQ         keep+8(FP), SI
	MOVQ         nulls+16(FP), DX
	MOVQ         n+24(FP), CX
	MOVL         base+32(FP), AX
	VMOVD        AX, X0
	VPBROADCASTD X0, Y0
	MOVQ         table+40(FP), R8
	MOVQ         DI, R10
	VPCMPEQD     Y1, Y1, Y1
	VPSRLD       $31, Y1, Y1
	VPSLLD       $3, Y1, Y1
	SHRQ         $5, CX
	TESTQ        DX, DX
	JZ           plain

nullable:
	VMOVDQU   (DX), Y3
	VPANDN    (SI), Y3, Y3
	VPSLLW    $7, Y3, Y3
	VPMOVMSKB Y3, AX
	EIGHT
	EIGHT
	EIGHT
	EIGHT
	ADDQ      $32, SI
	ADDQ      $32, DX
	DECQ      CX
	JNZ       nullable
	JMP       done

plain:
	VMOVDQU   (SI), Y3
	VPSLLW    $7, Y3, Y3
	VPMOVMSKB Y3, AX
	EIGHT
	EIGHT
	EIGHT
	EIGHT
	ADDQ      $32, SI
	DECQ      CX
	JNZ       plain

done:
	SUBQ R10, DI
	SHRQ $2, DI
	MOVQ DI, ret+48(FP)
	VZEROUPPER
	RET
