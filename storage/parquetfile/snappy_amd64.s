//go:build !purego

#include "textflag.h"

// func snappyBMI2(dst *byte, d, dstLimit int, src *byte, srcLimit int) (nd, consumed int)
//
// SI next tag, R8 end of what is decompressed, R9 and R10 their limits, R12
// start of dst, BX the 8 bytes before R8, AX the bytes from a tag on, CX length,
// DX offset, R11 R13 R14 scratch.
TEXT ·snappyBMI2(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), R12
	MOVQ d+8(FP), R8
	MOVQ dstLimit+16(FP), R9
	MOVQ src+24(FP), SI
	MOVQ srcLimit+32(FP), R10
	ADDQ R12, R8
	ADDQ R12, R9
	ADDQ SI, R10
	MOVQ -8(R8), BX

next:
	CMPQ R8, R9
	JA   done
	CMPQ SI, R10
	JA   done
	MOVQ (SI), AX

	// The next 8 bytes are the last ones but for the first.
	MOVL AX, DX
	ANDL $0xffff00ff, DX
	CMPL DX, $0x080d0000
	JNE  any
	MOVB AH, BL
	MOVQ BX, (R8)
	ADDQ $8, R8
	ADDQ $4, SI
	JMP  next

any:
	MOVL AX, CX
	SHRL $2, CX
	TESTL $3, AX
	JNZ  copy
	ANDL $63, CX
	INCL CX
	CMPL CX, $7
	JA   longLiteral
	SHRQ $8, AX
	MOVQ AX, (R8)
	ADDQ CX, R8
	LEAQ 1(SI)(CX*1), SI
	SHLL $3, CX
	MOVL CX, R11
	NEGL R11
	SHRXQ CX, BX, BX
	SHLXQ R11, AX, DX
	ORQ  DX, BX

	// A copy follows, as a rule. AX has all of its tag after up to 4 bytes.
	CMPL CX, $32
	JA   next
	SHRXQ CX, AX, AX
	MOVL AX, CX
	SHRL $2, CX
	TESTL $3, AX
	JZ   next

copy:
	TESTL $1, AX
	JZ   twoBytes
	TESTL $2, AX
	JNZ  done
	ANDL $7, CX
	ADDL $4, CX
	MOVL AX, DX
	ANDL $0xe0, DX
	SHLL $3, DX
	SHRL $8, AX
	MOVBLZX AX, AX
	ORL  AX, DX
	MOVL $2, R13
	JMP  checked

twoBytes:
	ANDL $63, CX
	INCL CX
	SHRL $8, AX
	MOVWLZX AX, DX
	MOVL $3, R13

checked:
	TESTL DX, DX
	JZ   done
	MOVQ R8, R14
	SUBQ R12, R14
	CMPQ DX, R14
	JA   done
	ADDQ R13, SI
	CMPL DX, $8
	JE   last8
	JB   near
	MOVQ R8, R14
	SUBQ DX, R14
	CMPL CX, $8
	JAE  wide
	MOVQ (R14), AX
	MOVQ AX, (R8)
	ADDQ CX, R8
	SHLL $3, CX
	SHRXQ CX, BX, BX
	NEGL CX
	SHLXQ CX, AX, AX
	ORQ  AX, BX
	JMP  next

last8:
	MOVQ R8, R14
	ADDQ CX, R8

last8Loop:
	MOVQ BX, (R14)
	ADDQ $8, R14
	CMPQ R14, R8
	JB   last8Loop
	SHLL $3, CX
	RORQ CX, BX
	JMP  next

wide:
	CMPL DX, $16
	JB   by8
	MOVOU (R14), X0
	MOVOU X0, (R8)
	CMPL CX, $16
	JA   by16
	MOVQ -8(R14)(CX*1), BX
	ADDQ CX, R8
	JMP  next

by16:
	MOVQ R8, R13
	ADDQ CX, R8

by16Loop:
	ADDQ  $16, R13
	ADDQ  $16, R14
	MOVOU (R14), X0
	MOVOU X0, (R13)
	LEAQ  16(R13), DX
	CMPQ  DX, R8
	JB    by16Loop
	MOVQ  -8(R8), BX
	JMP   next

by8:
	MOVQ R8, R13
	ADDQ CX, R8

by8Loop:
	MOVQ (R14), AX
	MOVQ AX, (R13)
	ADDQ $8, R13
	ADDQ $8, R14
	CMPQ R13, R8
	JB   by8Loop
	MOVQ -8(R8), BX
	JMP  next

	// As many whole repetitions as 8 bytes have, step bytes.
near:
	MOVL  DX, R11
	SHLL  $3, R11
	MOVL  R11, R14
	NEGL  R14
	SHRXQ R14, BX, AX

double:
	SHLXQ R11, AX, R14
	ORQ   R14, AX
	ADDL  R11, R11
	CMPL  R11, $64
	JB    double
	SHLL  $2, DX
	MOVL  $0x76586880, R11
	SHRXL DX, R11, R11
	ANDL  $15, R11
	MOVQ  R8, R14
	ADDQ  CX, R8

nearLoop:
	MOVQ AX, (R14)
	ADDQ R11, R14
	CMPQ R14, R8
	JB   nearLoop
	MOVQ -8(R8), BX
	JMP  next

longLiteral:
	CMPL  CX, $60
	JA    done
	MOVOU 1(SI), X0
	MOVOU X0, (R8)
	CMPL  CX, $16
	JBE   literalDone
	MOVOU 17(SI), X0
	MOVOU 33(SI), X1
	MOVOU 49(SI), X2
	MOVOU X0, 16(R8)
	MOVOU X1, 32(R8)
	MOVOU X2, 48(R8)

literalDone:
	ADDQ CX, R8
	LEAQ 1(SI)(CX*1), SI
	MOVQ -8(SI), BX
	JMP  next

done:
	SUBQ R12, R8
	SUBQ src+24(FP), SI
	MOVQ R8, nd+40(FP)
	MOVQ SI, consumed+48(FP)
	RET
