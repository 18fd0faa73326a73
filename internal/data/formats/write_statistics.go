package formats

import (
	"encoding/binary"
	"math"

	"github.com/parquet-go/parquet-go/format"
)

// seen gathers what the statistics of a chunk say. Which of its pairs is used
// depends on the type of the column.
type seen struct {
	any         bool
	nulls       int64
	least, most float64
	low, high   int64
	first, last string
	levels      []string
	met         []bool // by level number
}

func (s *seen) number(v float64) {
	if !s.any {
		s.any, s.least, s.most = true, v, v
		return
	}
	if v < s.least {
		s.least = v
	} else if v > s.most {
		s.most = v
	}
}

func (s *seen) whole(v int64) {
	if !s.any {
		s.any, s.low, s.high = true, v, v
		return
	}
	s.low, s.high = min(s.low, v), max(s.high, v)
}

func (s *seen) text(v string) {
	switch {
	case !s.any:
		s.any, s.first, s.last = true, v, v
	case v < s.first:
		s.first = v
	case v > s.last:
		s.last = v
	}
}

func (s *seen) level(code int32) {
	if s.met == nil {
		s.met = make([]bool, len(s.levels))
	}
	s.met[code] = true
}

// mostText is how long the least and greatest text may be: longer ones would make
// the footer long, and help nobody to skip.
const mostText = 256

// statistics gives least and greatest value as they are in pages, and nothing
// where there is none. Zeros have the signs that the format asks for, because
// some writers know only one zero.
func (s *seen) statistics(c *parquetColumn) format.Statistics {
	stats := format.Statistics{NullCount: s.nulls}
	for code, met := range s.met {
		if met {
			s.text(s.levels[code])
		}
	}
	if !s.any {
		return stats
	}
	switch c.physical {
	case format.Boolean:
		stats.MinValue, stats.MaxValue = []byte{byte(s.low)}, []byte{byte(s.high)}
	case format.Int32:
		stats.MinValue, stats.MaxValue = binary.LittleEndian.AppendUint32(nil, uint32(s.low)), binary.LittleEndian.AppendUint32(nil, uint32(s.high))
	case format.Int64:
		stats.MinValue, stats.MaxValue = binary.LittleEndian.AppendUint64(nil, uint64(s.low)), binary.LittleEndian.AppendUint64(nil, uint64(s.high))
	case format.Double:
		if s.least == 0 {
			s.least = math.Copysign(0, -1)
		}
		if s.most == 0 {
			s.most = 0
		}
		stats.MinValue, stats.MaxValue = binary.LittleEndian.AppendUint64(nil, math.Float64bits(s.least)), binary.LittleEndian.AppendUint64(nil, math.Float64bits(s.most))
	case format.ByteArray:
		if len(s.first) <= mostText && len(s.last) <= mostText {
			stats.MinValue, stats.MaxValue = []byte(s.first), []byte(s.last)
		}
	}
	return stats
}
