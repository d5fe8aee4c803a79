package codec

import (
	"encoding/binary"
	"errors"
	"fmt"

	flatbuffers "github.com/google/flatbuffers/go"
)

var errStream = errors.New("malformed Arrow stream")

// checkStream walks the messages of an Arrow IPC stream, which is not trusted,
// before Arrow's reader does: that one makes room for whatever length a message
// announces.
//
//	+------------+----------+--------------------+------+
//	| 0xffffffff | length n | Message, n bytes   | body | ...
//	+------------+----------+--------------------+------+
//	0            4          8                    8+n
func checkStream(stream []byte) (err error) {
	defer func() {
		if recover() != nil { // an offset of the flatbuffer leads out of it
			err = errStream
		}
	}()
	for len(stream) > 0 {
		if len(stream) < 8 || binary.LittleEndian.Uint32(stream) != 0xffffffff {
			return fmt.Errorf("%w: a message without its mark", errStream)
		}
		n := binary.LittleEndian.Uint32(stream[4:])
		stream = stream[8:]
		if n == 0 {
			return nil
		}
		if uint64(n) > uint64(len(stream)) {
			return fmt.Errorf("%w: a message of %d bytes in %d", errStream, n, len(stream))
		}
		body, err := checkMessage(stream[:n:n])
		if err != nil {
			return err
		}
		stream = stream[n:]
		if body < 0 || body > int64(len(stream)) {
			return fmt.Errorf("%w: a body of %d bytes in %d", errStream, body, len(stream))
		}
		stream = stream[body:]
	}
	return nil
}

// Slots of the tables in the format's Message.fbs.
const (
	messageHeaderType  = 6
	messageHeader      = 8
	messageBodyLength  = 10
	dictionaryData     = 6
	batchCompression   = 10
	headerIsDictionary = 2
	headerIsBatch      = 3
)

// checkMessage returns the length of the message's body. A compressed body,
// which the codec does not write, would be one more length to believe.
func checkMessage(meta []byte) (bodyBytes int64, err error) {
	table := flatbuffers.Table{Bytes: meta, Pos: flatbuffers.GetUOffsetT(meta)}
	kind := table.GetByteSlot(messageHeaderType, 0)
	if at := table.Offset(messageHeader); at != 0 && (kind == headerIsBatch || kind == headerIsDictionary) {
		var batch flatbuffers.Table
		table.Union(&batch, flatbuffers.UOffsetT(at))
		if kind == headerIsDictionary {
			data := batch.Offset(dictionaryData)
			if data == 0 {
				return 0, fmt.Errorf("%w: a dictionary without data", errStream)
			}
			batch.Pos = batch.Indirect(batch.Pos + flatbuffers.UOffsetT(data))
		}
		if batch.Offset(batchCompression) != 0 {
			return 0, fmt.Errorf("%w: a compressed body", errStream)
		}
	}
	return table.GetInt64Slot(messageBodyLength, 0), nil
}
