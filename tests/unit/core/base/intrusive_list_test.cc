#include "core/base/intrusive_list.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

using namespace sorrel;

namespace {

struct Item {
  explicit Item(int number) : id(number) {}
  virtual ~Item() = default;
  int id;
  std::string ballast = "something before the hooks";
  ListHook by_age;
  ListHook by_name;
};
using ByAge = IntrusiveList<Item, &Item::by_age>;
using ByName = IntrusiveList<Item, &Item::by_name>;

template <typename List>
std::vector<int> ids(List& list) {
  std::vector<int> found;
  for (Item& item : list) found.push_back(item.id);
  return found;
}

}  // namespace

TEST_CASE("elements keep their order, in several lists at once", "[list]") {
  Item a(1), b(2), c(3);
  ByAge ages;
  ByName names;
  CHECK(ages.empty());
  ages.push_back(a);
  ages.push_back(b);
  ages.push_front(c);
  names.push_back(b);
  CHECK(ids(ages) == std::vector<int>{3, 1, 2});
  CHECK(ids(names) == std::vector<int>{2});
  CHECK(&ages.front() == &c);
  CHECK(&ages.back() == &b);
  ages.move_to_back(c);
  CHECK(ids(ages) == std::vector<int>{1, 2, 3});
}

TEST_CASE("an element leaves by itself, and again is no harm", "[list]") {
  Item a(1), b(2), c(3);
  ByAge ages;
  for (Item* item : {&a, &b, &c}) ages.push_back(*item);
  b.by_age.unlink();
  b.by_age.unlink();
  CHECK_FALSE(b.by_age.linked());
  CHECK(ids(ages) == std::vector<int>{1, 3});
  ages.pop_front();
  CHECK(ids(ages) == std::vector<int>{3});
  CHECK_FALSE(a.by_age.linked());
}

TEST_CASE("destruction of an element or of the list unlinks", "[list]") {
  auto a = std::make_unique<Item>(1);
  Item b(2);
  {
    ByAge ages;
    ages.push_back(*a);
    ages.push_back(b);
    a.reset();
    CHECK(ids(ages) == std::vector<int>{2});
  }
  CHECK_FALSE(b.by_age.linked());
}

TEST_CASE("an element may be unlinked while it is visited", "[list]") {
  std::vector<std::unique_ptr<Item>> items;
  ByAge ages;
  for (int i = 0; i < 10; ++i) ages.push_back(*items.emplace_back(std::make_unique<Item>(i)));
  ages.for_each([](Item& item) {
    if (item.id % 2 == 0) item.by_age.unlink();
  });
  CHECK(ids(ages) == std::vector<int>{1, 3, 5, 7, 9});
  auto last = ages.end();
  CHECK((--last)->id == 9);
}
