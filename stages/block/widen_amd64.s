//go:build !purego

#include "textflag.h"

// Kernels over n values, a multiple of 16 and not 0.
#define WIDEN(NAME, OP) \
TEXT NAME(SB), NOSPLIT, $0-24; \
	MOVQ    dst+0(FP), DI; \
	MOVQ    src+8(FP), SI; \
	MOVQ    n+16(FP), CX; \
	SHRQ    $4, CX; \
loop: \
	OP      0(SI), Y0; \
	OP      16(SI), Y1; \
	OP      32(SI), Y2; \
	OP      48(SI), Y3; \
	VMOVUPD Y0, 0(DI); \
	VMOVUPD Y1, 32(DI); \
	VMOVUPD Y2, 64(DI); \
	VMOVUPD Y3, 96(DI); \
	ADDQ    $64, SI; \
	ADDQ    $128, DI; \
	DECQ    CX; \
	JNZ     loop; \
	VZEROUPPER; \
	RET

// func widenInt32AVX2(dst *int64, src *int32, n int)
WIDEN(·widenInt32AVX2, VPMOVSXDQ)

// func widenFloat32AVX2(dst *float64, src *float32, n int)
WIDEN(·widenFloat32AVX2, VCVTPS2PD)
