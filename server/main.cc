// sorrel-server: a server of the library's public interface, with a process around it.

#include "server/jemalloc_allocator.h"
#include "server/process/program.h"
#include "sorrel/sorrel.h"

#include <cstdlib>

namespace {

sorrel_server* make_server(sorrel_options* options) {
  const sorrel::Allocator memory = sorrel::program_allocator();
  const sorrel_allocator table = {memory.allocate, memory.free,    memory.footprint,
                                  memory.context,  memory.discard, memory.purge};
  sorrel_server* server = nullptr;
  if (sorrel_options_allocator(options, &table) != SORREL_OK) return nullptr;
  return sorrel_server_new(options, &server) == SORREL_OK ? server : nullptr;
}

void serve(sorrel::Program& program, sorrel_server* server) {
  const sorrel_status opened = sorrel_server_open(server);
  if (opened != SORREL_OK) return program.explain_failure(opened);
  if (program.begin()) program.finish(sorrel_server_run(server));
  program.end();
}

}  // namespace

int main(int argc, char** argv) {
  sorrel::Program program(argc, argv, sorrel::describe_program_allocator());
  sorrel_options* const options = program.prepare();
  if (options == nullptr) return program.exit_status();
  sorrel_server* const server = make_server(options);
  if (server == nullptr) return EXIT_FAILURE;
  program.follow(*server);
  serve(program, server);
  sorrel_server_free(server);
  return program.exit_status();
}
