// sorrel-server.

#include "server/jemalloc_allocator.h"
#include "server/process/program.h"

int main(int argc, char** argv) {
  return sorrel::Program(argc, argv, sorrel::program_allocator()).run();
}
