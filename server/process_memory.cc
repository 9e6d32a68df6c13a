#include "server/process_memory.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <string_view>

namespace sorrel {

// /proc/self/statm: "size resident shared …" in pages.
size_t process_resident_bytes() {
  const int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  char text[256];
  const ssize_t length = read(fd, text, sizeof text);
  close(fd);
  if (length <= 0) return 0;
  const std::string_view line(text, static_cast<size_t>(length));
  const size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return 0;
  size_t pages = 0;
  std::from_chars(text + blank + 1, text + length, pages);
  return pages * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace sorrel
