// Generator: a random stream of commands, drawn from the grammar that a server gives of itself and
// the weights of command_rows.h. The same seed and rows give the same stream.
#pragma once

#include "tests/differential/command_docs.h"
#include "tests/differential/command_rows.h"
#include "tests/differential/value_pool.h"

#include <deque>
#include <set>
#include <string>
#include <vector>

namespace sorrel::test {

using Stream = std::vector<Words>;

class Generator {
 public:
  /// `groups` by name; all when empty. Fails when a row names a command or an argument that `docs`
  /// doesn't know, or a group doesn't exist. Commands of `without` aren't drawn.
  static Result<Generator> make(const CommandDocs& docs, const std::set<std::string>& groups,
                                uint64_t seed, const std::set<std::string>& without = {});
  /// Before a command that names consumers come those that make them.
  Words next();
  Stream stream(size_t commands);

 private:
  struct Row {
    const CommandSpec* spec;
    CommandRow row;
    CommandGroup group;
    uint64_t weight() const { return static_cast<uint64_t>(row.weight * group.weight); }
  };
  /// What words so far say about those to come.
  struct Counts {
    size_t numkeys_at = 0;  // where their number stands; 0: nowhere
    int keys = 0;
    bool burst = false;  // what may be many, is
  };
  Generator(std::vector<Row> rows, uint64_t seed);

  Words draw();
  void add_argument(const Row& row, const ArgumentSpec& argument, Words& words);
  int repeats_of(const Row& row, const ArgumentSpec& argument);
  void count_keys(const ArgumentSpec& argument, int count, Words& words);
  void add_value(const Row& row, const ArgumentSpec& argument, Words& words);
  void add_all(const Row& row, const std::vector<ArgumentSpec>& arguments, Words& words);
  std::vector<ArgumentSpec> shuffled_options(const std::vector<ArgumentSpec>& arguments);
  bool is_given(const Row& row, const ArgumentSpec& argument);
  const ArgumentSpec& choice_of(const Row& row, const ArgumentSpec& argument);
  ValueKind kind_of(const Row& row, const ArgumentSpec& argument) const;
  void spoil(Words& words, size_t name_words);

  std::vector<Row> rows_;
  uint64_t weights_ = 0;
  ValuePool pool_;
  Counts counts_;
  std::deque<Words> drawn_;
};

}  // namespace sorrel::test
