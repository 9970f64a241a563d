package store

import (
	"bytes"
	"cmp"
	"context"
	"hash/maphash"
	"slices"
	"strings"
	"sync"
)

// shardCount is how many locks a Memory spreads its folders over.
const shardCount = 64

// Memory is a driver that keeps everything in the process. A key's folder, all
// up to its last "/", picks the lock, so that collections do not wait for each
// other; and listing a prefix visits folders, not every key there is.
//
// Update computes outside the lock and commits only if the key is unchanged, so
// that a slow function delays nobody.
type Memory struct {
	seed   maphash.Seed
	shards [shardCount]shard
}

type shard struct {
	mu      sync.RWMutex
	folders map[string]map[string]item
	version uint64
}

// item is a stored value. Its bytes are never written again; its version is
// unique in the shard, a removed and created key included.
type item struct {
	value   []byte
	version uint64
}

// NewMemory returns an empty store.
func NewMemory() *Memory {
	m := &Memory{seed: maphash.MakeSeed()}
	for i := range m.shards {
		m.shards[i].folders = make(map[string]map[string]item)
	}
	return m
}

// split cuts a key into its folder, the last "/" included, and its name there.
func split(key string) (folder, name string) {
	i := strings.LastIndexByte(key, '/') + 1
	return key[:i], key[i:]
}

func (m *Memory) shardOf(folder string) *shard {
	return &m.shards[maphash.String(m.seed, folder)%shardCount]
}

// put stores a value that the caller gives away. The lock is held.
func (s *shard) put(folder, name string, value []byte) {
	names, ok := s.folders[folder]
	if !ok {
		names = make(map[string]item)
		s.folders[folder] = names
	}
	s.version++
	names[name] = item{value: value, version: s.version}
}

// remove drops a name, and its folder with the last one. The lock is held.
func (s *shard) remove(folder, name string) {
	names, ok := s.folders[folder]
	if !ok {
		return
	}
	delete(names, name)
	if len(names) == 0 {
		delete(s.folders, folder)
	}
}

func (s *shard) read(folder, name string) (item, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	it, ok := s.folders[folder][name]
	return it, ok
}

// Create implements [Driver].
func (m *Memory) Create(ctx context.Context, key string, value []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	folder, name := split(key)
	own := copied(value)
	s := m.shardOf(folder)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.folders[folder][name]; ok {
		return ErrExists
	}
	s.put(folder, name, own)
	return nil
}

// Get implements [Driver].
func (m *Memory) Get(ctx context.Context, key string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	folder, name := split(key)
	it, ok := m.shardOf(folder).read(folder, name)
	if !ok {
		return nil, ErrNotFound
	}
	return bytes.Clone(it.value), nil
}

// Update implements [Driver].
func (m *Memory) Update(ctx context.Context, key string, f func(old []byte) ([]byte, error)) error {
	folder, name := split(key)
	s := m.shardOf(folder)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		it, ok := s.read(folder, name)
		if !ok {
			return ErrNotFound
		}
		value, err := f(bytes.Clone(it.value))
		if err != nil {
			return err
		}
		if s.commit(folder, name, it.version, value) {
			return nil
		}
	}
}

// commit stores or removes a value if nothing has happened to the key since
// version was read.
func (s *shard) commit(folder, name string, version uint64, value []byte) bool {
	own := bytes.Clone(value)
	s.mu.Lock()
	defer s.mu.Unlock()
	if it, ok := s.folders[folder][name]; !ok || it.version != version {
		// A removed key is noticed by the next read.
		return false
	}
	if own == nil {
		s.remove(folder, name)
	} else {
		s.put(folder, name, own)
	}
	return true
}

// Delete implements [Driver].
func (m *Memory) Delete(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	folder, name := split(key)
	s := m.shardOf(folder)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(folder, name)
	return nil
}

// List implements [Driver].
func (m *Memory) List(ctx context.Context, prefix string) ([]Pair, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	pairs := []Pair{}
	for i := range m.shards {
		pairs = m.shards[i].appendTo(pairs, prefix)
	}
	for i := range pairs {
		pairs[i].Value = copied(pairs[i].Value)
	}
	slices.SortFunc(pairs, func(a, b Pair) int { return cmp.Compare(a.Key, b.Key) })
	return pairs, nil
}

// appendTo adds the shard's pairs under prefix, their values not yet copied.
func (s *shard) appendTo(pairs []Pair, prefix string) []Pair {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for folder, names := range s.folders {
		rest, within := strings.CutPrefix(prefix, folder)
		if !within && !strings.HasPrefix(folder, prefix) {
			continue
		}
		for name, it := range names {
			if within && !strings.HasPrefix(name, rest) {
				continue
			}
			pairs = append(pairs, Pair{Key: folder + name, Value: it.value})
		}
	}
	return pairs
}

// Close implements [Driver]. There is nothing to give up.
func (m *Memory) Close() error { return nil }

// copied returns a copy that is never nil: nil stands for removal.
func copied(value []byte) []byte { return append([]byte{}, value...) }
