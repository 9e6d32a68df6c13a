#include "core/structure/pack.h"

#include "core/base/number.h"
#include "core/base/random.h"
#include "tests/unit/core/structure/tracking_heap.h"

#include <catch2/catch.hpp>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

using namespace sorrel;
using namespace std::string_literals;

namespace {

using Model = std::vector<std::string>;

std::string text_at(const Pack& pack, Pack::Position at) {
  PackElement::Scratch scratch;
  return std::string(pack.get(at).bytes(scratch));
}

Model forward(const Pack& pack) {
  Model texts;
  for (auto at = pack.begin(); at != pack.end(); at = pack.next(at)) {
    texts.push_back(text_at(pack, at));
  }
  return texts;
}

Model backward(const Pack& pack) {
  Model texts;
  for (auto at = pack.end(); at != pack.begin();) {
    at = pack.previous(at);
    texts.insert(texts.begin(), text_at(pack, at));
  }
  return texts;
}

struct Fixture {
  TrackingHeap heap;
  Epoch epoch{heap};
  Owned<Pack> pack = Pack::make(epoch, 7);

  ~Fixture() {
    pack.drop(epoch);
    while (epoch.reclaim(100)) {
    }
    CHECK(heap.blocks() == 0);
    CHECK(heap.fault().empty());
  }
  void append(std::initializer_list<Bytes> texts) {
    for (Bytes text : texts) Pack::append(pack, text, epoch);
  }
};

std::string listpack(Bytes elements, uint16_t count) {
  const auto size = static_cast<uint32_t>(7 + elements.size());
  std::string bytes(6, '\0');
  std::memcpy(bytes.data(), &size, 4);
  std::memcpy(bytes.data() + 4, &count, 2);
  return bytes + std::string(elements) + '\xff';
}

}  // namespace

TEST_CASE("a pack's bytes are a listpack's", "[pack]") {
  Fixture f;
  CHECK(f.pack->listpack() == listpack("", 0));
  f.append({"", "a", "0", "127", "-1", "128", "4095", "-4096"});
  CHECK(f.pack->listpack() == listpack("\x80\x01"
                                       "\x81"
                                       "a\x02"
                                       "\x00\x01"
                                       "\x7f\x01"
                                       "\xdf\xff\x02"
                                       "\xc0\x80\x02"
                                       "\xcf\xff\x02"
                                       "\xd0\x00\x02"s,
                                       8));
  CHECK(f.pack->tag() == 7);
}

TEST_CASE("integers take the bytes they need, other spellings stay text", "[pack]") {
  Fixture f;
  const std::vector<std::pair<std::string, size_t>> sizes = {{"127", 2},
                                                             {"128", 3},
                                                             {"4096", 4},
                                                             {"-4097", 4},
                                                             {"32767", 4},
                                                             {"32768", 5},
                                                             {"-32768", 4},
                                                             {"-32769", 5},
                                                             {"8388607", 5},
                                                             {"8388608", 6},
                                                             {"-8388608", 5},
                                                             {"-8388609", 6},
                                                             {"2147483647", 6},
                                                             {"2147483648", 10},
                                                             {"-2147483648", 6},
                                                             {"-2147483649", 10},
                                                             {"9223372036854775807", 10},
                                                             {"-9223372036854775808", 10},
                                                             {"9223372036854775808", 21},
                                                             {"-0", 4},
                                                             {"01", 4},
                                                             {"+1", 4},
                                                             {" 1", 4},
                                                             {"1 ", 4},
                                                             {"1.0", 5},
                                                             {"-", 3}};
  Model model;
  for (const auto& [text, size] : sizes) {
    const size_t before = f.pack->listpack_bytes();
    CHECK(Pack::element_bytes(text) == size);
    Pack::append(f.pack, text, f.epoch);
    CHECK(f.pack->listpack_bytes() == before + size);
    CHECK(f.pack->get(f.pack->last()).is_integer() == parse_integer(text).has_value());
    CHECK(f.pack->get(f.pack->last()) == Bytes(text));
    CHECK(f.pack->get(f.pack->last()).size() == text.size());
    CHECK_FALSE(f.pack->get(f.pack->last()) == Bytes("nothing"));
    model.push_back(text);
  }
  CHECK(forward(*f.pack) == model);
  CHECK(backward(*f.pack) == model);
  for (const auto& [text, size] : sizes) {
    CHECK(text_at(*f.pack, f.pack->find(text, f.pack->begin())) == text);
  }
}

TEST_CASE("texts of every size class are walked both ways and found", "[pack]") {
  Fixture f;
  Model model;
  for (size_t size :
       {0,     1,     62,    63,      64,      125,     126,     127,     4094,    4095,
        4096,  16375, 16376, 16377,   16378,   16379,   16380,   16381,   16382,   16383,
        16384, 65535, 65536, 2097140, 2097145, 2097146, 2097147, 2097148, 2097150, 2097151}) {
    model.push_back(std::string(size, 'x'));
    Pack::append(f.pack, model.back(), f.epoch);
    REQUIRE(Pack::valid(f.pack->listpack()));
  }
  CHECK(forward(*f.pack) == model);
  CHECK(backward(*f.pack) == model);
  for (size_t i = 0; i < model.size(); ++i) {
    CHECK(f.pack->find(model[i], f.pack->begin()) == f.pack->at(i));
  }
  CHECK(f.pack->at(model.size()) == f.pack->end());
}

TEST_CASE("find looks at every step-th element from where it is told", "[pack]") {
  Fixture f;
  f.append({"a", "b", "b", "a", "c"});
  const Pack& pack = *f.pack;
  CHECK(pack.find("b", pack.begin(), 2) == pack.at(2));
  CHECK(pack.find("a", pack.begin(), 2) == pack.at(0));
  CHECK(pack.find("a", pack.at(1), 2) == pack.at(3));
  CHECK(pack.find("c", pack.at(1), 2) == pack.end());
  CHECK(pack.find("a", pack.at(1), 3) == pack.end());
  CHECK(pack.find("a", pack.end()) == pack.end());
  CHECK(pack.find("", pack.begin()) == pack.end());
}

TEST_CASE("a pack of more elements than its header counts", "[pack]") {
  Fixture f;
  const std::vector<Bytes> thousand(1000, "5");
  for (size_t i = 0; i < 66; ++i) Pack::insert(f.pack, f.pack->end(), thousand, f.epoch);
  CHECK(f.pack->size() == 66000);
  CHECK(f.pack->listpack().substr(4, 2) == "\xff\xff");
  CHECK(Pack::valid(f.pack->listpack()));
  CHECK(f.pack->at(65999) == f.pack->last());
  Pack::erase(f.pack, f.pack->begin(), 500, f.epoch);
  CHECK(f.pack->size() == 65500);
  CHECK(f.pack->listpack().substr(4, 2) == "\xdc\xff");
  Owned<Pack> tail = Pack::split(f.pack, f.pack->at(65000), f.epoch);
  CHECK(tail->size() == 500);
  CHECK(f.pack->size() == 65000);
  Pack::join(f.pack, *tail, f.epoch);
  Pack::join(f.pack, *tail, f.epoch);
  CHECK(f.pack->size() == 66000);
  CHECK(Pack::valid(f.pack->listpack()));
  tail.drop(f.epoch);
}

TEST_CASE("bytes that aren't a listpack are refused", "[pack]") {
  const std::string good = listpack(
      "\x81"
      "a\x02"
      "\x05\x01"s,
      2);
  REQUIRE(Pack::valid(good));
  CHECK(
      Pack::valid(listpack("\x81"
                           "a\x02"s,
                           UINT16_MAX)));
  CHECK_FALSE(Pack::valid(""));
  CHECK_FALSE(Pack::valid(good + "x"));
  CHECK_FALSE(Pack::valid(Bytes(good).substr(0, good.size() - 1)));
  for (Bytes elements : {"\x81"
                         "a\x03"s,
                         "\x82"
                         "a\x02"s,
                         "\xff\x01"s, "\xf5\x01"s, "\xfe\x01"s, "\xc0"s, "\xf0\xff\xff\xff\xff"s,
                         "\xf0\xff\xff\xff\x7f"
                         "a\x06"s,
                         "\xf4"
                         "1234567\x08"s,
                         "\x05\x81"s, "\xe0"s, "\x05"s}) {
    INFO("first byte " << int{static_cast<uint8_t>(elements[0])});
    CHECK_FALSE(Pack::valid(listpack(elements, 1)));
  }
  CHECK_FALSE(Pack::valid(listpack("\x05\x01", 2)));
  CHECK_FALSE(Pack::valid(listpack("\x05\x01", 0)));
  TrackingHeap heap;
  Epoch epoch(heap);
  CHECK_FALSE(Pack::from_listpack(epoch, 0, listpack("\x05\x01", 2)));
  Owned<Pack> pack = Pack::from_listpack(epoch, 3, good);
  REQUIRE(pack);
  CHECK(pack->tag() == 3);
  CHECK(forward(*pack) == Model{"a", "5"});
  Pack::append(pack, "b", epoch);
  CHECK(forward(*pack) == Model{"a", "5", "b"});
  pack.drop(epoch);
}

namespace {

/// A pack and its model through a long random run, with frozen copies that must stay as they were.
class ModelRun {
 public:
  explicit ModelRun(uint64_t seed) : random_(seed) {}
  ~ModelRun() {
    end_snapshot();
    pack_.drop(epoch_);
    while (epoch_.reclaim(100)) {
    }
    heap_.release_quarantine();
    CHECK(heap_.fault().empty());
    CHECK(heap_.blocks() == 0);
  }

  void step() {
    if (random_.below(20) == 0) snapshot_ ? end_snapshot() : begin_snapshot();
    change();
    check(*pack_, model_);
    CHECK(pack_.extra() == 0x1234);
    if (snapshot_) check(*frozen_, frozen_model_);
    if (random_.below(10) == 0) epoch_.reclaim(100);
  }

 private:
  std::string text() {
    switch (random_.below(5)) {
      case 0:
        return std::to_string(static_cast<int64_t>(random_.next()) >> random_.below(64));
      case 1:
        return std::string(random_.below(200), static_cast<char>('a' + random_.below(3)));
      case 2:
        return std::string(random_.below(3000) + 3000, 'z');
      default:
        return std::string(random_.below(6), static_cast<char>('a' + random_.below(3)));
    }
  }
  size_t index() { return random_.below(model_.size() + 1); }

  void change() {
    const size_t at = index();
    const Pack::Position position = pack_->at(at);
    const auto place = model_.begin() + static_cast<ptrdiff_t>(at);
    // Grows up to some sixty elements and then shrinks, by turns.
    if (model_.size() > 60) shrinking_ = true;
    if (model_.size() < 3) shrinking_ = false;
    switch (random_.below(shrinking_ ? 8 : 4)) {
      case 0:
      case 1: {
        Model texts(1 + random_.below(6));
        for (std::string& each : texts) each = text();
        const std::vector<Bytes> views(texts.begin(), texts.end());
        CHECK(Pack::insert(pack_, position, views, epoch_) == position);
        model_.insert(place, texts.begin(), texts.end());
        break;
      }
      case 2:
        if (at == model_.size()) break;
        *place = text();
        Pack::replace(pack_, position, *place, epoch_);
        break;
      case 3: {
        Owned<Pack> tail = Pack::split(pack_, position, epoch_);
        check(*pack_, Model(model_.begin(), place));
        check(*tail, Model(place, model_.end()));
        Pack::join(pack_, *tail, epoch_);
        tail.drop(epoch_);
        break;
      }
      default: {
        const size_t count = random_.below(9);
        Pack::erase(pack_, position, count, epoch_);
        model_.erase(place, place + static_cast<ptrdiff_t>(std::min(count, model_.size() - at)));
      }
    }
  }

  void check(const Pack& pack, const Model& model) {
    REQUIRE(Pack::valid(pack.listpack()));
    CHECK(Pack::bytes(pack) >= sizeof(Pack) + pack.listpack_bytes());
    CHECK(Pack::bytes(pack) <= std::max<size_t>(80, 2 * pack.listpack_bytes() + 32));
    CHECK(pack.size() == model.size());
    CHECK(pack.empty() == model.empty());
    REQUIRE(forward(pack) == model);
    REQUIRE(backward(pack) == model);
    const std::string wanted = text();
    const auto found = std::find(model.begin(), model.end(), wanted);
    CHECK(pack.find(wanted, pack.begin()) == pack.at(static_cast<size_t>(found - model.begin())));
  }

  void begin_snapshot() {
    snapshot_ = epoch_.begin_snapshot();
    frozen_ = pack_.get();
    frozen_model_ = model_;
    heap_.freeze(frozen_);
    pack_.freeze();
  }
  void end_snapshot() {
    if (!snapshot_) return;
    check(*frozen_, frozen_model_);
    heap_.unfreeze(frozen_);
    epoch_.end_snapshot(*snapshot_);
    snapshot_.reset();
  }

  Random random_;
  TrackingHeap heap_;
  Epoch epoch_{heap_};
  Owned<Pack> pack_ = [this] {
    Owned<Pack> made = Pack::make(epoch_, 7);
    made.set_extra(0x1234);
    return made;
  }();
  Model model_;
  bool shrinking_ = false;
  std::optional<SnapshotId> snapshot_;
  const Pack* frozen_ = nullptr;
  Model frozen_model_;
};

}  // namespace

TEST_CASE("a pack equals its model, and frozen ones stay", "[pack]") {
  const uint64_t seed = GENERATE(1, 2, 3);
  ModelRun run(seed);
  INFO("seed " << seed);
  for (size_t i = 0; i < 3000; ++i) run.step();
}

TEST_CASE("without memory a pack stays as it is, and an erase succeeds", "[pack]") {
  Fixture f;
  f.append({"a", "b", std::string(500, 'c')});
  const std::string before(f.pack->listpack());
  f.heap.run_out_after(0);
  CHECK_THROWS_AS(Pack::append(f.pack, std::string(500, 'd'), f.epoch), std::bad_alloc);
  CHECK_THROWS_AS(Pack::replace(f.pack, f.pack->begin(), std::string(500, 'd'), f.epoch),
                  std::bad_alloc);
  CHECK_THROWS_AS(Pack::split(f.pack, f.pack->at(1), f.epoch), std::bad_alloc);
  CHECK(f.pack->listpack() == before);
  Pack::erase(f.pack, f.pack->at(2), 1, f.epoch);
  f.heap.never_run_out();
  CHECK(forward(*f.pack) == Model{"a", "b"});

  const SnapshotId snapshot = f.epoch.begin_snapshot();
  f.pack.freeze();
  f.heap.run_out_after(0);
  CHECK_THROWS_AS(Pack::erase(f.pack, f.pack->begin(), 1, f.epoch), std::bad_alloc);
  CHECK(forward(*f.pack) == Model{"a", "b"});
  f.heap.never_run_out();
  f.epoch.end_snapshot(snapshot);
}
