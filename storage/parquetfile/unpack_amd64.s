//go:build !purego

#include "textflag.h"

// func unpackAVX2(dst *uint32, src *byte, groups int, t *unpackTable) uint32
//
// Y0 shuffle, Y1 shifts, Y2 mask, Y3 and Y6 largest values, Y4 and Y5 values.
TEXT ·unpackAVX2(SB), NOSPLIT, $0-36
	MOVQ         dst+0(FP), DI
	MOVQ         src+8(FP), SI
	MOVQ         groups+16(FP), CX
	MOVQ         t+24(FP), BX
	VMOVDQU      0(BX), Y0
	VMOVDQU      32(BX), Y1
	VPBROADCASTD 64(BX), Y2
	MOVL         68(BX), DX
	MOVL         72(BX), R8
	ADDQ         SI, R8
	VPXOR        Y3, Y3, Y3
	VPXOR        Y6, Y6, Y6
	SUBQ         $2, CX
	JLT          last

pairs:
	VMOVDQU     (SI), X4
	VINSERTI128 $1, (R8), Y4, Y4
	VMOVDQU     (SI)(DX*1), X5
	VINSERTI128 $1, (R8)(DX*1), Y5, Y5
	VPSHUFB     Y0, Y4, Y4
	VPSHUFB     Y0, Y5, Y5
	VPSRLVD     Y1, Y4, Y4
	VPSRLVD     Y1, Y5, Y5
	VPAND       Y2, Y4, Y4
	VPAND       Y2, Y5, Y5
	VPMAXUD     Y4, Y3, Y3
	VPMAXUD     Y5, Y6, Y6
	VMOVDQU     Y4, (DI)
	VMOVDQU     Y5, 32(DI)
	LEAQ        (SI)(DX*2), SI
	LEAQ        (R8)(DX*2), R8
	ADDQ        $64, DI
	SUBQ        $2, CX
	JGE         pairs

last:
	ADDQ        $2, CX
	JZ          done
	VMOVDQU     (SI), X4
	VINSERTI128 $1, (R8), Y4, Y4
	VPSHUFB     Y0, Y4, Y4
	VPSRLVD     Y1, Y4, Y4
	VPAND       Y2, Y4, Y4
	VPMAXUD     Y4, Y3, Y3
	VMOVDQU     Y4, (DI)

done:
	VPMAXUD      Y6, Y3, Y3
	VEXTRACTI128 $1, Y3, X4
	VPMAXUD      X4, X3, X3
	VPSHUFD      $0x4e, X3, X4
	VPMAXUD      X4, X3, X3
	VPSHUFD      $0xb1, X3, X4
	VPMAXUD      X4, X3, X3
	VMOVD        X3, AX
	MOVL         AX, ret+32(FP)
	VZEROUPPER
	RET

// func gatherQuads(dst *uint64, indices *uint32, groups int, dict *uint64)
//
// Note: with VPGATHERDQ it takes 0.9 to 1.3 ns a value instead of 0.5 to 0.9, on
// a Zen 3: it is a list of loads there, and a longer one.
TEXT ·gatherQuads(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ indices+8(FP), SI
	MOVQ groups+16(FP), CX
	MOVQ dict+24(FP), BX

quads:
	MOVQ        0(SI), AX
	MOVQ        8(SI), R8
	MOVL        AX, DX
	MOVL        R8, R9
	SHRQ        $32, AX
	SHRQ        $32, R8
	VMOVQ       (BX)(DX*8), X0
	VMOVQ       (BX)(R9*8), X1
	VMOVHPD     (BX)(AX*8), X0, X0
	VMOVHPD     (BX)(R8*8), X1, X1
	VMOVUPD     X0, (DI)
	VMOVUPD     X1, 16(DI)
	ADDQ        $16, SI
	ADDQ        $32, DI
	DECQ        CX
	JNZ         quads
	RET
