//go:build !purego

#include "textflag.h"

// Kernels over n values, a multiple of 16 and not 0.

#define TWO(NAME, OP) \
TEXT NAME(SB), NOSPLIT, $0-32; \
	MOVQ    dst+0(FP), DI; \
	MOVQ    a+8(FP), SI; \
	MOVQ    b+16(FP), DX; \
	MOVQ    n+24(FP), CX; \
	SHRQ    $4, CX; \
loop: \
	VMOVUPD 0(SI), Y0; \
	VMOVUPD 32(SI), Y1; \
	VMOVUPD 64(SI), Y2; \
	VMOVUPD 96(SI), Y3; \
	OP      0(DX), Y0, Y0; \
	OP      32(DX), Y1, Y1; \
	OP      64(DX), Y2, Y2; \
	OP      96(DX), Y3, Y3; \
	VMOVUPD Y0, 0(DI); \
	VMOVUPD Y1, 32(DI); \
	VMOVUPD Y2, 64(DI); \
	VMOVUPD Y3, 96(DI); \
	ADDQ    $128, SI; \
	ADDQ    $128, DX; \
	ADDQ    $128, DI; \
	DECQ    CX; \
	JNZ     loop; \
	VZEROUPPER; \
	RET

#define ONE(NAME, OP) \
TEXT NAME(SB), NOSPLIT, $0-32; \
	MOVQ         dst+0(FP), DI; \
	MOVQ         a+8(FP), SI; \
	VBROADCASTSD k+16(FP), Y4; \
	MOVQ         n+24(FP), CX; \
	SHRQ         $4, CX; \
loop: \
	VMOVUPD      0(SI), Y0; \
	VMOVUPD      32(SI), Y1; \
	VMOVUPD      64(SI), Y2; \
	VMOVUPD      96(SI), Y3; \
	OP           Y4, Y0, Y0; \
	OP           Y4, Y1, Y1; \
	OP           Y4, Y2, Y2; \
	OP           Y4, Y3, Y3; \
	VMOVUPD      Y0, 0(DI); \
	VMOVUPD      Y1, 32(DI); \
	VMOVUPD      Y2, 64(DI); \
	VMOVUPD      Y3, 96(DI); \
	ADDQ         $128, SI; \
	ADDQ         $128, DI; \
	DECQ         CX; \
	JNZ          loop; \
	VZEROUPPER; \
	RET

// COMPARE makes a mask of 8 bytes of 1 for each 8 values: the masks of 8 bytes a
// value are packed to 4, 2 and 1, which puts halves of vectors in the order of
// their lanes, and VPERMQ puts them right. The comparison is of a with k, by the
// immediate P; P of "greater" are those of "less" that hold for k and a.
#define COMPARE(NAME, CMP0, CMP1, CMP2, CMP3) \
TEXT NAME(SB), NOSPLIT, $0-32; \
	MOVQ         dst+0(FP), DI; \
	MOVQ         a+8(FP), SI; \
	VBROADCASTSD k+16(FP), Y8; \
	MOVQ         n+24(FP), CX; \
	SHRQ         $4, CX; \
	VPCMPEQB     X9, X9, X9; \
	VPABSB       X9, X9; \
loop: \
	VMOVUPD      0(SI), Y0; \
	VMOVUPD      32(SI), Y1; \
	VMOVUPD      64(SI), Y2; \
	VMOVUPD      96(SI), Y3; \
	CMP0; \
	CMP1; \
	CMP2; \
	CMP3; \
	VSHUFPS      $0x88, Y1, Y0, Y0; \
	VSHUFPS      $0x88, Y3, Y2, Y2; \
	VPERMQ       $0xd8, Y0, Y0; \
	VPERMQ       $0xd8, Y2, Y2; \
	VPACKSSDW    Y2, Y0, Y0; \
	VPERMQ       $0xd8, Y0, Y0; \
	VEXTRACTI128 $1, Y0, X1; \
	VPACKSSWB    X1, X0, X0; \
	VPAND        X9, X0, X0; \
	VMOVDQU      X0, 0(DI); \
	ADDQ         $128, SI; \
	ADDQ         $16, DI; \
	DECQ         CX; \
	JNZ          loop; \
	VZEROUPPER; \
	RET

#define WITH(P, Y) VCMPPD P, Y8, Y, Y
#define SWAPPED(P, Y) VCMPPD P, Y, Y8, Y

// func addAVX2(dst, a, b *float64, n int)
TWO(·addAVX2, VADDPD)

// func subAVX2(dst, a, b *float64, n int)
TWO(·subAVX2, VSUBPD)

// func mulAVX2(dst, a, b *float64, n int)
TWO(·mulAVX2, VMULPD)

// func addKAVX2(dst, a *float64, k float64, n int)
ONE(·addKAVX2, VADDPD)

// func mulKAVX2(dst, a *float64, k float64, n int)
ONE(·mulKAVX2, VMULPD)

// func equalKAVX2(dst *bool, a *float64, k float64, n int)
COMPARE(·equalKAVX2, WITH($0x00, Y0), WITH($0x00, Y1), WITH($0x00, Y2), WITH($0x00, Y3))

// func unequalKAVX2(dst *bool, a *float64, k float64, n int)
COMPARE(·unequalKAVX2, WITH($0x04, Y0), WITH($0x04, Y1), WITH($0x04, Y2), WITH($0x04, Y3))

// func lessKAVX2(dst *bool, a *float64, k float64, n int)
COMPARE(·lessKAVX2, WITH($0x11, Y0), WITH($0x11, Y1), WITH($0x11, Y2), WITH($0x11, Y3))

// func lessEqualKAVX2(dst *bool, a *float64, k float64, n int)
COMPARE(·lessEqualKAVX2, WITH($0x12, Y0), WITH($0x12, Y1), WITH($0x12, Y2), WITH($0x12, Y3))

// func greaterKAVX2(dst *bool, a *float64, k float64, n int)
COMPARE(·greaterKAVX2, SWAPPED($0x11, Y0), SWAPPED($0x11, Y1), SWAPPED($0x11, Y2), SWAPPED($0x11, Y3))

// func greaterEqualKAVX2(dst *bool, a *float64, k float64, n int)
COMPARE(·greaterEqualKAVX2, SWAPPED($0x12, Y0), SWAPPED($0x12, Y1), SWAPPED($0x12, Y2), SWAPPED($0x12, Y3))
