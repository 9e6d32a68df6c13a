#include "core/commands/geo_query.h"

#include "core/command/arguments.h"
#include "core/commands/geo_arguments.h"

#include <string>
#include <vector>

namespace sorrel {
namespace {

using From = GeoForm::From;
using Sort = GeoQuery::Sort;

bool is_stored_with_details(const GeoQuery& query) {
  return query.store && (query.with_distance || query.with_hash || query.with_position);
}

/// Reads one call's arguments. Functions that return false have answered the error, but for take_…
/// with a static result, which say whether they took an option.
class GeoQueryParser {
 public:
  GeoQueryParser(Context& context, const GeoForm& form, const std::optional<Zset>& set)
      : context_(context), form_(form), set_(set), arguments_(context, first_option()) {}

  bool parse() {
    if (form_.stores) query_.store = context_.arg(1);
    if (!read_fixed_circle()) return false;
    while (!arguments_.done()) {
      if (!read_option()) return false;
    }
    if (!polygon_) query_.area.set_center(center_);
    const std::string problem = problem_of();
    if (!problem.empty()) return fail(problem);
    return true;
  }
  GeoQuery&& query() { return std::move(query_); }

 private:
  size_t first_option() const {
    switch (form_.from) {
      case From::kPosition:
        return 6;
      case From::kMember:
        return 5;
      case From::kOptions:
        break;
    }
    return form_.stores ? 3 : 2;
  }

  bool fail(Bytes error) {
    context_.error(error);
    return false;
  }

  /// GEORADIUS and its siblings have centre and radius in fixed places.
  bool read_fixed_circle() {
    if (form_.from == From::kPosition) {
      return read_position(context_.arg(2), context_.arg(3)) &&
             read_circle(context_.arg(4), context_.arg(5));
    }
    if (form_.from == From::kOptions || !set_) return true;
    return read_member(context_.arg(2)) && read_circle(context_.arg(3), context_.arg(4));
  }

  bool read_option() {
    Bytes value;
    if (take_flag() || take_store()) return true;
    if (arguments_.take("COUNT", value)) return read_count(value);
    if (form_.from == From::kOptions) return read_search_option();
    return fail(errors::kSyntax);
  }

  bool take_flag() {
    if (arguments_.take("WITHDIST")) return query_.with_distance = true;
    if (arguments_.take("WITHHASH")) return query_.with_hash = true;
    if (arguments_.take("WITHCOORD")) return query_.with_position = true;
    if (arguments_.take("ANY")) return query_.any = true;
    if (form_.stores && arguments_.take("STOREDIST")) return query_.store_distance = true;
    const bool ascending = arguments_.take("ASC");
    if (!ascending && !arguments_.take("DESC")) return false;
    query_.sort = ascending ? Sort::kAscending : Sort::kDescending;
    return true;
  }

  bool take_store() {
    if (!form_.may_store) return false;
    Bytes key;
    const bool distance = arguments_.take("STOREDIST", key);
    if (!distance && !arguments_.take("STORE", key)) return false;
    query_.store = key;
    query_.store_distance = distance;
    return true;
  }

  bool read_count(Bytes text) {
    const std::optional<int64_t> count = parse_integer(text);
    if (!count) return fail(errors::kNotAnInteger);
    if (*count <= 0) return fail("ERR COUNT must be > 0");
    query_.count = static_cast<uint64_t>(*count);
    return true;
  }

  /// The centre comes from one of two options, the shape from one of three, and a polygon has its
  /// own centre.
  bool read_search_option() {
    const size_t words = arguments_.left();
    Bytes member;
    if (!from_position_ && !polygon_ && arguments_.take("FROMMEMBER", member)) {
      from_member_ = true;
      return read_member(member);
    }
    if (words > 2 && !from_member_ && !polygon_ && arguments_.take("FROMLONLAT")) {
      from_position_ = true;
      const Bytes longitude = arguments_.next();
      return read_position(longitude, arguments_.next());
    }
    if (words > 2 && !box_ && !polygon_ && arguments_.take("BYRADIUS")) {
      circle_ = true;
      const Bytes radius = arguments_.next();
      return read_circle(radius, arguments_.next());
    }
    if (words > 3 && !circle_ && !polygon_ && arguments_.take("BYBOX")) {
      box_ = true;
      return read_box();
    }
    const bool alone = !circle_ && !box_ && !polygon_ && !from_member_ && !from_position_;
    if (words > 2 && alone && arguments_.take("BYPOLYGON")) {
      polygon_ = true;
      return read_polygon();
    }
    return fail(errors::kSyntax);
  }

  bool read_position(Bytes longitude, Bytes latitude) {
    const auto point = parse_position(context_, longitude, latitude);
    if (point) center_ = *point;
    return point.has_value();
  }

  bool read_member(Bytes member) {
    if (!set_) return true;  // nothing will be found; but first the other arguments are read
    const std::optional<double> score = set_->score(member);
    if (!score) return fail("ERR could not decode requested zset member");
    center_ = geo_point(*score);
    return true;
  }

  bool read_unit(Bytes text) {
    const std::optional<double> metres = parse_unit(context_, text);
    if (metres) query_.unit = *metres;
    return metres.has_value();
  }

  bool read_circle(Bytes text, Bytes unit) {
    const std::optional<double> radius = parse_real(text);
    if (!radius) return fail("ERR need numeric radius");
    if (*radius < 0) return fail("ERR radius cannot be negative");
    if (!read_unit(unit)) return false;
    query_.area = GeoArea::circle(*radius * query_.unit);
    return true;
  }

  bool read_box() {
    const std::optional<double> width = parse_real(arguments_.next());
    const std::optional<double> height = parse_real(arguments_.next());
    if (!width) return fail("ERR need numeric width");
    if (!height) return fail("ERR need numeric height");
    if (*width < 0 || *height < 0) return fail("ERR height or width cannot be negative");
    if (!read_unit(arguments_.next())) return false;
    query_.area = GeoArea::box(*width * query_.unit, *height * query_.unit);
    return true;
  }

  bool read_polygon() {
    const std::optional<int64_t> count = parse_integer(arguments_.next());
    if (!count) return fail("ERR invalid number of vertices");
    if (*count < 3 || static_cast<uint64_t>(*count) > arguments_.left() / 2) {
      return fail("ERR GEOSEARCH BYPOLYGON must have at least 3 vertices");
    }
    std::vector<GeoPoint> vertices;
    vertices.reserve(static_cast<size_t>(*count));
    while (vertices.size() < static_cast<size_t>(*count)) {
      const Bytes longitude = arguments_.next();
      const auto vertex = parse_position(context_, longitude, arguments_.next());
      if (!vertex) return false;
      vertices.push_back(*vertex);
    }
    query_.area = GeoArea::polygon(std::move(vertices));
    return true;
  }

  std::string problem_of() const {
    if (is_stored_with_details(query_)) {
      return std::string("ERR ") + (form_.stores ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS") +
             " is not compatible with WITHDIST, WITHHASH and WITHCOORD options";
    }
    if (form_.from == From::kOptions) {
      const std::string name = errors::shown(context_.arg(0));
      if (!from_member_ && !from_position_ && !polygon_) {
        return "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for " + name;
      }
      if (!circle_ && !box_ && !polygon_) {
        return "ERR exactly one of BYRADIUS and BYBOX can be specified for " + name;
      }
    }
    if (query_.any && query_.count == 0) return "ERR the ANY argument requires COUNT argument";
    return {};
  }

  Context& context_;
  const GeoForm form_;
  const std::optional<Zset>& set_;
  Arguments arguments_;
  GeoQuery query_;
  GeoPoint center_;
  bool from_member_ = false;
  bool from_position_ = false;
  bool circle_ = false;
  bool box_ = false;
  bool polygon_ = false;
};

}  // namespace

std::optional<GeoQuery> parse_geo_query(Context& context, const GeoForm& form,
                                        const std::optional<Zset>& set) {
  GeoQueryParser parser(context, form, set);
  if (!parser.parse()) return std::nullopt;
  return parser.query();
}

}  // namespace sorrel
