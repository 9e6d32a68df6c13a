#include "server/process/background_process.h"

#include "server/os_error.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

namespace sorrel {

Status leave_terminal() {
  const pid_t child = fork();
  if (child < 0) return Status::failure("fork: " + os_error(errno));
  if (child > 0) _exit(EXIT_SUCCESS);
  setsid();
  const int null = open("/dev/null", O_RDWR);
  if (null < 0) return Status::ok();
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(null, fd);
  if (null > STDERR_FILENO) close(null);
  return Status::ok();
}

PidFile::~PidFile() {
  remove();
}

Status PidFile::create(const std::string& path) {
  const std::string text = std::to_string(getpid()) + "\n";
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return Status::failure(os_error(errno));
  const bool written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int error = errno;
  close(fd);
  // Absolute, because the file is removed when the program ends, wherever that is.
  if (char* const absolute = realpath(path.c_str(), nullptr)) {
    path_ = absolute;
    free(absolute);
  }
  return written ? Status::ok() : Status::failure(os_error(error));
}

void PidFile::remove() {
  if (exists()) unlink(path_.c_str());
  path_.clear();
}

}  // namespace sorrel
