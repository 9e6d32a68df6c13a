// ActiveExpiry: keys and elements whose time has come go without being asked for.
//
// It knows the databases in which anything expires at all, so that the others cost nothing, however
// many there are. A turn's work is bounded by one budget for all of them; whoever is served last
// waits for the next turn, not for ever: what is due is gone then.
//
// Owned by the engine; a keyspace announces itself (Keyspace::index). It is not what makes a key
// expire: no command sees one whose time has come, whether it is gone or not.
#pragma once

#include <cstddef>
#include <vector>

namespace sorrel {

struct Bookkeeping;
class Keyspace;

class ActiveExpiry {
 public:
  /// Room for so many keyspaces, so that add() doesn't ask for memory.
  void reserve(size_t keyspaces) { keyspaces_.reserve(keyspaces); }
  /// Something expires in it from now on. It isn't in here, and outlives this.
  void add(Keyspace& keyspace) { keyspaces_.push_back(&keyspace); }
  /// Takes out what is due, in the databases in turn, until there is no more or `budget`, of steps,
  /// is used up; reduces it.
  void tick(Bookkeeping& books, size_t& budget);
  /// Databases in which something expires, or did at the last tick.
  size_t keyspaces() const { return keyspaces_.size(); }

 private:
  std::vector<Keyspace*> keyspaces_;
  size_t next_ = 0;  // who is served first
};

}  // namespace sorrel
