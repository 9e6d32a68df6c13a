// GoldenFile: commands and the exact replies they must get, as a text that a person reads and
// edits.
//
//   # a comment
//   > SET k v                 a command; what follows, up to a blank line, a comment or the next
//   step, +OK                       is its reply in the notation of tests/support/expected_reply.h
//   @resp3                    ... and after this line its reply in RESP3, where that isn't the same
//   >> BLPOP k 0              sends a command and reads nothing
//   >raw "PING\r\n"           sends bytes as they are
//   <                         reads one more reply
//   < nothing                 no reply has come (waits a moment)
//   < closed                  the server closes the connection
//   @client NAME              goes on with another connection (it is opened when first named)
//   @advance 1500             lets that many milliseconds pass
//   @config NAME VALUE        a setting for the rest of the file; it is put back at its end
//   @capture NAME             keeps the last reply (an integer or a string); ${NAME} stands for it
//   @unordered                the next reply is recorded as one that may come in any order
//   @server --option value    (first line) the file gets a server of its own, started like this
//   @sorrel-only REASON       until @end: not for the reference server, and why
//   @needs COMMAND ...        until @end: only where the server knows these commands
//   @only WORD ...            until @end: only where all hold: resp2, resp3, tcp, unreloaded (the
//                             data aren't saved and loaded meanwhile)
//
// This class knows the text alone: which steps there are, what is expected, and how to write a file
// anew with other expectations. golden_runner.h runs it.
#pragma once

#include "core/base/result.h"
#include "tests/support/command_words.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sorrel::test {

struct GoldenStep {
  enum class Kind {
    kCommand,
    kSend,
    kRaw,
    kRead,
    kReadNothing,
    kReadClosed,
    kClient,
    kAdvance,
    kConfig,
    kCapture,
  };
  Kind kind;
  size_t line = 0;             // of the file, from 1
  Words words;                 // the command, or the directive's arguments
  std::string expected;        // notation; empty when nothing is written yet
  std::string expected_resp3;  // empty when the same
  bool unordered = false;
  bool sorrel_only = false;
  Words needs;  // names of commands
  Words only;   // resp2, resp3, tcp, unreloaded

  bool has_reply() const { return kind == Kind::kCommand || kind == Kind::kRead; }
};

/// A reply that was recorded, in notation.
struct Recording {
  std::string resp2;
  std::string resp3;
};

class GoldenFile {
 public:
  static Result<GoldenFile> parse(std::string name, const std::string& text);
  static Result<GoldenFile> load(const std::string& path);

  const std::string& name() const { return name_; }
  const std::vector<GoldenStep>& steps() const { return steps_; }
  const Words& server_options() const { return server_options_; }
  bool wants_own_server() const { return wants_own_server_; }

  /// The file's text with the expectations of the given steps (by line) replaced; all else is kept.
  std::string with_recordings(const std::map<size_t, Recording>& by_line) const;

 private:
  struct Block {
    bool sorrel_only = false;
    Words needs;
    Words only;
  };

  Status parse_lines();
  Status parse_line(size_t& index);
  Status parse_directive(const std::string& line, size_t number);
  Status open_block(const std::string& name, const Words& arguments, size_t number);
  void add_step(GoldenStep::Kind kind, Words words, size_t number);
  void read_expectation(GoldenStep& step, size_t& index);
  static bool ends_expectation(const std::string& line);

  std::string name_;
  std::vector<std::string> lines_;
  std::vector<GoldenStep> steps_;
  std::map<size_t, size_t> expectation_end_;  // of a step's line: the line after its expectation
  Words server_options_;
  bool wants_own_server_ = false;
  bool next_is_unordered_ = false;
  bool block_is_open_ = false;
  Block block_;
};

}  // namespace sorrel::test
