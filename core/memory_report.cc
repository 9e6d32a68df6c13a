#include "core/memory_report.h"

#include "core/engine.h"

#include <algorithm>

namespace sorrel {
namespace {

double share(size_t part, size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) * 100 / static_cast<double>(whole);
}

}  // namespace

double MemoryReport::dataset_percent() const {
  return share(dataset, used > startup ? used - startup : 0);
}
double MemoryReport::peak_percent() const {
  return share(used, peak);
}
double MemoryReport::fragmentation() const {
  return ratio(resident, used);
}

MemoryReport report_memory(Engine& engine) {
  MemoryReport report{};
  report.used = engine.used_memory();
  report.peak = engine.peak_memory();
  report.startup = engine.startup_memory();
  report.clients = engine.client_memory().total();
  report.overhead = report.startup + report.clients + engine.tracking().bytes();
  for (int i = 0; i < engine.database_count(); ++i) {
    report.keys += engine.database(i).size();
    report.overhead += engine.database(i).table().bytes();
  }
  report.overhead = std::min(report.overhead, report.used);
  report.dataset = report.used - report.overhead;
  report.active = engine.heap().active() + report.clients;
  report.reserved = engine.heap().reserved() + report.clients;
  report.resident = engine.host().resident_bytes();
  report.retired_items = engine.epoch().retired_items();
  return report;
}

}  // namespace sorrel
