// Package mapped keeps values that are larger than memory in files that are mapped
// into it: the kernel holds of them what there is room for, and whoever reads and
// writes them sees slices like any others.
package mapped

import (
	"os"
	"slices"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// least is how many bytes a slice has at least that is worth a file.
const least = 1 << 18

// Room makes slices: of the heap up to a bound, and beyond it of files without a name,
// which the kernel takes back as their memory is given back or the process ends. A nil
// Room makes all of the heap. It is safe for concurrent use.
type Room struct {
	dir string

	mu    sync.Mutex
	heap  int64 // bytes that may still be of the heap
	taken [][]byte
}

// NewRoom makes a Room whose files lie in dir, and which takes at most so many bytes of
// the heap for slices that are worth a file.
func NewRoom(dir string, heap int64) *Room { return &Room{dir: dir, heap: heap} }

// Value is what a slice may hold: nothing that points.
type Value interface {
	~uint8 | ~uint16 | ~uint32 | ~uint64 | ~int8 | ~int16 | ~int32 | ~int64 | ~int | ~float32 | ~float64
}

// Make gives a slice of so many zeros. Where there is no space for a file, or no file can
// be mapped, it is of the heap.
func Make[T Value](r *Room, n int) []T {
	var one T
	if data := r.take(n * int(unsafe.Sizeof(one))); data != nil {
		return unsafe.Slice((*T)(unsafe.Pointer(&data[0])), n)
	}
	return make([]T, n)
}

// take gives zeros in a file of their own, nil where they are for the heap.
func (r *Room) take(size int) []byte {
	if r == nil || size < least {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if int64(size) <= r.heap {
		r.heap -= int64(size)
		return nil
	}
	f, err := os.CreateTemp(r.dir, "room")
	if err != nil {
		return nil
	}
	defer f.Close()
	os.Remove(f.Name())
	// Space that is only promised would be missed when values are written, which ends
	// the process.
	if reserve(f, int64(size)) != nil {
		return nil
	}
	data, err := unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil
	}
	r.taken = append(r.taken, data)
	return data
}

// Free takes a slice back that Make gave, whole: nobody reads it any more. One of the
// heap is left to the collector.
func Free[T Value](r *Room, values []T) {
	if r == nil || cap(values) == 0 {
		return
	}
	begin := (*byte)(unsafe.Pointer(unsafe.SliceData(values)))
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, data := range r.taken {
		if unsafe.SliceData(data) == begin {
			unix.Munmap(data)
			r.taken = slices.Delete(r.taken, i, i+1)
			return
		}
	}
}

// ReadFile gives the bytes of a file that nobody changes. They are not to be written.
func (r *Room) ReadFile(path string) ([]byte, error) {
	if r == nil {
		return os.ReadFile(path)
	}
	f, err := Open(path, least)
	if err != nil {
		return nil, err
	}
	data := f.Data
	if f.whole {
		r.mu.Lock()
		r.taken = append(r.taken, data)
		r.mu.Unlock()
	}
	return data, f.f.Close()
}

// Abandon leaves all slices to whoever may still read them, until the process ends.
func (r *Room) Abandon() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taken = nil
}

// Close takes all slices back: whoever reads one after that crashes.
func (r *Room) Close() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, data := range r.taken {
		unix.Munmap(data)
	}
	r.taken = nil
}
