// CLIENT TRACKING and what belongs to it: a client keeps what it has read, and is told when it has
// changed (core/tracking.h).

#include "core/base/number.h"
#include "core/command/arguments.h"
#include "core/commands/commands.h"
#include "core/engine.h"

#include <algorithm>
#include <vector>

namespace sorrel {
namespace {

struct Request {
  TrackingOptions options;
  std::vector<Bytes> prefixes;
};

bool parse_redirect(Context& context, Bytes value, Request& request) {
  if (request.options.redirect != 0) {
    return context.error("ERR A client can only redirect to a single other client"), false;
  }
  const std::optional<int64_t> id = parse_integer(value);
  if (!id) return context.error(errors::kNotAnInteger), false;
  request.options.redirect = static_cast<uint64_t>(*id);
  if (context.engine.session(request.options.redirect) != nullptr) return true;
  return context.error("ERR The client ID you want redirect to does not exist"), false;
}

bool parse_options(Context& context, Request& request) {
  Arguments arguments(context, 3);
  while (!arguments.done()) {
    Bytes value;
    if (arguments.take("REDIRECT", value)) {
      if (!parse_redirect(context, value, request)) return false;
    } else if (arguments.take("PREFIX", value)) {
      request.prefixes.push_back(value);
    } else if (arguments.take("BCAST")) {
      request.options.broadcast = true;
    } else if (arguments.take("OPTIN")) {
      request.options.opt_in = true;
    } else if (arguments.take("OPTOUT")) {
      request.options.opt_out = true;
    } else if (arguments.take("NOLOOP")) {
      request.options.no_loop = true;
    } else {
      return context.error(errors::kSyntax), false;
    }
  }
  return true;
}

/// What the options can't be, by themselves and after what the session tracks by now; or nothing.
Bytes contradiction(const Request& request, const TrackingState* now) {
  const TrackingOptions& wanted = request.options;
  if (!wanted.broadcast && !request.prefixes.empty()) {
    return "ERR PREFIX option requires BCAST mode to be enabled";
  }
  if (now != nullptr && now->options.broadcast != wanted.broadcast) {
    return "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and "
           "then re-enabling it with a different mode.";
  }
  if (wanted.broadcast && (wanted.opt_in || wanted.opt_out)) {
    return "ERR OPTIN and OPTOUT are not compatible with BCAST";
  }
  if (wanted.opt_in && wanted.opt_out) {
    return "ERR You can't specify both OPTIN mode and OPTOUT mode";
  }
  if (now != nullptr &&
      ((wanted.opt_in && now->options.opt_out) || (wanted.opt_out && now->options.opt_in))) {
    return "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and "
           "then re-enabling it with a different mode.";
  }
  return {};
}

bool overlap(Bytes a, Bytes b) {
  const size_t common = std::min(a.size(), b.size());
  return a.substr(0, common) == b.substr(0, common);
}

void refuse_overlap(Context& context, Bytes prefix, Bytes with, Bytes which) {
  context.error("ERR Prefix '" + errors::shown(prefix) + "' overlaps with " + std::string(which) +
                " prefix '" + errors::shown(with) +
                "'. Prefixes for a single client must not overlap.");
}

// Else a key would be told twice.
bool check_overlaps(Context& context, const Request& request) {
  for (size_t i = 0; i < request.prefixes.size(); ++i) {
    const Bytes prefix = request.prefixes[i];
    if (context.session.tracking) {
      for (const std::string& known : context.session.tracking->prefixes) {
        if (overlap(prefix, known)) {
          return refuse_overlap(context, prefix, known, "an existing"), false;
        }
      }
    }
    for (const Bytes other : std::span(request.prefixes).subspan(i + 1)) {
      if (overlap(prefix, other)) {
        return refuse_overlap(context, prefix, other, "another provided"), false;
      }
    }
  }
  return true;
}

void tracking_command(Context& context) {
  Request request;
  if (!parse_options(context, request)) return;
  if (context.arg_is(2, "OFF")) {
    context.engine.tracking().stop(context.session);
    return context.reply.ok();
  }
  if (!context.arg_is(2, "ON")) return context.error(errors::kSyntax);
  const Bytes wrong = contradiction(request, context.session.tracking.get());
  if (!wrong.empty()) return context.error(wrong);
  if (!check_overlaps(context, request)) return;
  context.engine.tracking().start(context.session, request.options, request.prefixes);
  context.reply.ok();
}

void caching_command(Context& context) {
  if (!context.session.tracking) {
    return context.error(
        "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or "
        "OPTOUT mode enabled");
  }
  TrackingState& state = *context.session.tracking;
  if (context.arg_is(2, "YES")) {
    if (!state.options.opt_in) {
      return context.error(
          "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.");
    }
  } else if (context.arg_is(2, "NO")) {
    if (!state.options.opt_out) {
      return context.error(
          "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.");
    }
  } else {
    return context.error(errors::kSyntax);
  }
  state.caching = true;
  context.reply.ok();
}

int64_t redirect_of(const Session& session) {
  return session.tracking ? static_cast<int64_t>(session.tracking->options.redirect) : -1;
}

void getredir_command(Context& context) {
  context.reply.integer(redirect_of(context.session));
}

std::vector<Bytes> flags_of(const TrackingState* state) {
  if (state == nullptr) return {"off"};
  std::vector<Bytes> flags = {"on"};
  const TrackingOptions& options = state->options;
  if (options.broadcast) flags.push_back("bcast");
  if (options.opt_in) flags.push_back("optin");
  if (options.opt_in && state->caching) flags.push_back("caching-yes");
  if (options.opt_out) flags.push_back("optout");
  if (options.opt_out && state->caching) flags.push_back("caching-no");
  if (options.no_loop) flags.push_back("noloop");
  if (state->broken_redirect) flags.push_back("broken_redirect");
  return flags;
}

void trackinginfo_command(Context& context) {
  const TrackingState* const state = context.session.tracking.get();
  const std::vector<Bytes> flags = flags_of(state);
  context.reply.map(3);
  context.reply.bulk("flags");
  context.reply.set(flags.size());
  for (const Bytes flag : flags) context.reply.bulk(flag);
  context.reply.bulk("redirect");
  context.reply.integer(redirect_of(context.session));
  context.reply.bulk("prefixes");
  context.reply.array(state == nullptr ? 0 : state->prefixes.size());
  if (state == nullptr) return;
  for (const std::string& prefix : state->prefixes) context.reply.bulk(prefix);
}

constexpr CommandSpec tracking_row(Bytes name, Handler handler, int arity, Bytes since,
                                   Bytes summary, Bytes syntax = {}, Bytes complexity = "O(1)") {
  return {.name = name,
          .handler = handler,
          .arity = arity,
          .flags = kNoscript | kLoading | kStale,
          .categories = kCategoryConnection,
          .keys = {},
          .group = "connection",
          .since = since,
          .summary = summary,
          .complexity = complexity,
          .syntax = syntax};
}

constexpr CommandSpec kRows[] = {
    tracking_row("client|caching", caching_command, 3, "6.0.0",
                 "Tells whether the keys of the next command are tracked.", "YES|NO"),
    tracking_row("client|getredir", getredir_command, 2, "6.0.0",
                 "Gives the connection that invalidation messages go to."),
    tracking_row("client|tracking", tracking_command, -3, "6.0.0",
                 "Tells this connection, or another one, when what it has read changes.",
                 "(ON | OFF) [REDIRECT client-id] [PREFIX prefix ...] [BCAST] [OPTIN] "
                 "[OPTOUT] [NOLOOP]",
                 "O(1), with prefixes O(N) for N of them"),
    tracking_row("client|trackinginfo", trackinginfo_command, 2, "6.2.0",
                 "Tells the state of this connection's tracking."),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> client_tracking_commands() {
  return kRows;
}

}  // namespace sorrel
