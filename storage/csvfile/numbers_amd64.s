//go:build !purego

#include "textflag.h"

// The tables, one after another, so that one register points at them all:
//
//	0    keep: 17 masks of 16 bytes, all ones in the last n bytes of mask n
//	272  squeeze: 17 shuffles, of which number i takes out byte i; the last
//	     takes out none
//	544  powers: 17 divisors by the place of the point, then the same negative
#define KEEP 0
#define SQUEEZE 272
#define POWERS 544

// FIELD loads the field between the positions at DI into the last bytes of X,
// as digit values with zeros before them, and goes on to the next row.
// R9 is -1 if there is a minus, R11 the length without it, or 0 if that is more
// than 16. SI is the text, DX the stride, R10 the tables, R12 is 0, X15 has '0'
// in each byte.
#define FIELD(X) \
	MOVL    (DI), AX              \
	MOVL    4(DI), R8             \
	ADDQ    DX, DI                \
	MOVBLZX 1(SI)(AX*1), R9       \
	SUBL    $0x2d, R9             \
	CMPQ    R9, $1                \
	SBBQ    R9, R9                \
	MOVL    R8, R11               \
	SUBL    AX, R11               \
	LEAL    -1(R11)(R9*1), R11    \
	CMPL    R11, $16              \
	CMOVLHI R12, R11              \
	VMOVDQU -16(SI)(R8*1), X      \
	VPXOR   X15, X, X             \
	MOVL    R11, AX               \
	SHLL    $4, AX                \
	VPAND   KEEP(R10)(AX*1), X, X

// FLOAT is FIELD without the point. AX is where the field's divisor is among
// the powers; R13 becomes negative if there is no digit. X14 has a point in each
// byte.
#define FLOAT(X) \
	FIELD(X)                         \
	VPCMPEQB  X14, X, X13            \
	VPMOVMSKB X13, R8                \
	ORL       $0x10000, R8           \
	TZCNTL    R8, R8                 \
	CMPL      R8, $16                \
	SBBL      AX, AX                 \
	LEAL      -1(R11)(AX*1), R11     \
	ORL       R11, R13               \
	MOVL      R8, AX                 \
	SHLL      $4, AX                 \
	VPSHUFB   SQUEEZE(R10)(AX*1), X, X \
	ANDL      $136, R9               \
	LEAQ      (R9)(R8*8), AX

// func floatsAVX2(text *byte, at *uint32, strideBytes, groups int, out *float64, tables *numberTables) (rows int)
//
// Four fields at a time. In each 128-bit lane of Y0 and Y1 are the 16 digits of
// one; pairs, fours and eights of them are multiplied together, so that a
// quadword of Y0 has the first eight digits in its low half, the last eight in
// its high half.
TEXT ·floatsAVX2(SB), NOSPLIT, $0-56
	MOVQ text+0(FP), SI
	MOVQ at+8(FP), DI
	MOVQ strideBytes+16(FP), DX
	MOVQ groups+24(FP), CX
	MOVQ out+32(FP), BX
	MOVQ tables+40(FP), R10
	XORL R12, R12

	MOVL         $0x30303030, AX
	VMOVD        AX, X15
	VPBROADCASTD X15, Y15
	MOVL         $0x1e1e1e1e, AX // '.' ^ '0'
	VMOVD        AX, X14
	VPBROADCASTD X14, Y14
	MOVL         $0x09090909, AX
	VMOVD        AX, X12
	VPBROADCASTD X12, Y12
	MOVL         $0x010a010a, AX // 10, 1
	VMOVD        AX, X11
	VPBROADCASTD X11, Y11
	MOVL         $0x00010064, AX // 100, 1
	VMOVD        AX, X10
	VPBROADCASTD X10, Y10
	MOVL         $0x00012710, AX // 10000, 1
	VMOVD        AX, X9
	VPBROADCASTD X9, Y9
	MOVQ         $0x4330000000000000, AX // 2^52
	VMOVQ        AX, X8
	VPBROADCASTQ X8, Y8
	MOVQ         $0x4197d78400000000, AX // 1e8
	VMOVQ        AX, X7
	VPBROADCASTQ X7, Y7

float4:
	XORL        R13, R13
	FLOAT(X0)
	VMOVSD      POWERS(R10)(AX*1), X5
	FLOAT(X1)
	VMOVHPD     POWERS(R10)(AX*1), X5, X5
	FLOAT(X2)
	VMOVSD      POWERS(R10)(AX*1), X6
	FLOAT(X3)
	VMOVHPD     POWERS(R10)(AX*1), X6, X6
	VINSERTI128 $1, X2, Y0, Y0
	VINSERTI128 $1, X3, Y1, Y1
	VINSERTF128 $1, X6, Y5, Y5
	VPSUBUSB    Y12, Y0, Y2 // what is above 9
	VPSUBUSB    Y12, Y1, Y3
	VPOR        Y3, Y2, Y2
	VPMADDUBSW  Y11, Y0, Y0
	VPMADDUBSW  Y11, Y1, Y1
	TESTL       R13, R13
	JS          floatsDone
	VPTEST      Y2, Y2
	JNZ         floatsDone
	VPMADDWD    Y10, Y0, Y0
	VPMADDWD    Y10, Y1, Y1
	VPACKUSDW   Y1, Y0, Y0
	VPMADDWD    Y9, Y0, Y0
	VPSRLQ      $32, Y0, Y1
	VPBLENDD    $0xaa, Y8, Y0, Y0
	VPOR        Y8, Y1, Y1
	VSUBPD      Y8, Y0, Y0
	VSUBPD      Y8, Y1, Y1
	VFMADD213PD Y1, Y7, Y0  // first*1e8 + last, rounded at most here
	VDIVPD      Y5, Y0, Y0  // or here
	VMOVUPD     Y0, (BX)
	ADDQ        $32, BX
	DECQ        CX
	JNZ         float4

floatsDone:
	MOVQ groups+24(FP), AX
	SUBQ CX, AX
	SHLQ $2, AX
	MOVQ AX, rows+48(FP)
	VZEROUPPER
	RET

// func intsAVX2(text *byte, at *uint32, strideBytes, groups int, out *int64, tables *numberTables) (rows int)
//
// As floatsAVX2.
TEXT ·intsAVX2(SB), NOSPLIT, $0-56
	MOVQ text+0(FP), SI
	MOVQ at+8(FP), DI
	MOVQ strideBytes+16(FP), DX
	MOVQ groups+24(FP), CX
	MOVQ out+32(FP), BX
	MOVQ tables+40(FP), R10
	XORL R12, R12

	MOVL         $0x30303030, AX
	VMOVD        AX, X15
	VPBROADCASTD X15, Y15
	MOVL         $0x09090909, AX
	VMOVD        AX, X12
	VPBROADCASTD X12, Y12
	MOVL         $0x010a010a, AX
	VMOVD        AX, X11
	VPBROADCASTD X11, Y11
	MOVL         $0x00010064, AX
	VMOVD        AX, X10
	VPBROADCASTD X10, Y10
	MOVL         $0x00012710, AX
	VMOVD        AX, X9
	VPBROADCASTD X9, Y9
	MOVL         $100000000, AX
	VMOVD        AX, X8
	VPBROADCASTQ X8, Y8

int4:
	XORL        R13, R13
	FIELD(X0)
	DECL        R11
	ORL         R11, R13
	VMOVQ       R9, X4
	FIELD(X1)
	DECL        R11
	ORL         R11, R13
	VMOVQ       R9, X5
	FIELD(X2)
	DECL        R11
	ORL         R11, R13
	VMOVQ       R9, X6
	FIELD(X3)
	DECL        R11
	ORL         R11, R13
	VMOVQ       R9, X7
	VPUNPCKLQDQ X5, X4, X4
	VPUNPCKLQDQ X7, X6, X6
	VINSERTI128 $1, X2, Y0, Y0
	VINSERTI128 $1, X3, Y1, Y1
	VINSERTI128 $1, X6, Y4, Y4
	VPSUBUSB    Y12, Y0, Y2
	VPSUBUSB    Y12, Y1, Y3
	VPOR        Y3, Y2, Y2
	VPMADDUBSW  Y11, Y0, Y0
	VPMADDUBSW  Y11, Y1, Y1
	TESTL       R13, R13
	JS          intsDone
	VPTEST      Y2, Y2
	JNZ         intsDone
	VPMADDWD    Y10, Y0, Y0
	VPMADDWD    Y10, Y1, Y1
	VPACKUSDW   Y1, Y0, Y0
	VPMADDWD    Y9, Y0, Y0
	VPSRLQ      $32, Y0, Y1
	VPMULUDQ    Y8, Y0, Y0
	VPADDQ      Y1, Y0, Y0
	VPXOR       Y4, Y0, Y0
	VPSUBQ      Y4, Y0, Y0
	VMOVDQU     Y0, (BX)
	ADDQ        $32, BX
	DECQ        CX
	JNZ         int4

intsDone:
	MOVQ groups+24(FP), AX
	SUBQ CX, AX
	SHLQ $2, AX
	MOVQ AX, rows+48(FP)
	VZEROUPPER
	RET
