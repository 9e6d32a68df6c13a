// GoldenPlay: one golden file being played on one peer: its connections, its captures, its
// settings.
#pragma once

#include "tests/golden/golden_file.h"
#include "tests/golden/golden_runner.h"
#include "tests/support/peer.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace sorrel::test {

class GoldenPlay {
 public:
  /// `commands`: the names that the peer knows, in lower case.
  GoldenPlay(Peer& peer, Protocol protocol, const std::set<std::string>& commands);
  GoldenOutcome play(const GoldenFile& file);

 private:
  /// Opens the first connection, on which the server is emptied.
  Status begin();
  bool applies(const GoldenStep& step) const;
  /// Performs, and counts the time unless the step is there to let time pass.
  Status timed(const GoldenStep& step);
  Status perform(const GoldenStep& step);
  Status use_client(const std::string& name);
  Status set_config(const std::string& name, const std::string& value);
  Status capture(const std::string& name);
  Status send(Bytes bytes);
  Status read_and_compare(const GoldenStep& step);
  Status expect_silence();
  Status expect_closed();
  Status restore_config();
  const std::string& expectation(const GoldenStep& step) const;
  void compare(const GoldenStep& step, ReplyView reply);
  std::string substituted(std::string text) const;
  Words substituted(const Words& words) const;

  Peer& peer_;
  Protocol protocol_;
  const std::set<std::string>& commands_;
  std::string file_name_;
  std::map<std::string, std::unique_ptr<Channel>> clients_;
  Channel* client_ = nullptr;
  Reply last_reply_;
  std::map<std::string, std::string> captures_;
  std::vector<Words> config_to_restore_;
  GoldenOutcome outcome_;
};

}  // namespace sorrel::test
