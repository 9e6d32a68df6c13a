// sorrel-server.

#include "server/jemalloc_allocator.h"
#include "server/process/program.h"

int main(int argc, char** argv) {
  sorrel::Program program(argc, argv, sorrel::program_allocator(),
                          sorrel::program_allocator_name());
  return program.run();
}
