// TTML as players meet it: body, div, p and span with nested times. The one file of the folder that
// includes pugixml, which knows neither entities of a DTD nor namespaces.
#include <algorithm>
#include <cmath>
#include <pugixml.hpp>

#include "engine/subtitles/plain_text.h"
#include "engine/subtitles/sidecar_formats.h"
#include "engine/subtitles/sidecar_reading.h"
#include "engine/subtitles/sidecar_writing.h"
#include "engine/subtitles/ttml_time.h"

namespace subtide {
namespace {

constexpr int kDeepest = 32;

std::string_view local_name(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string_view prefix(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? std::string_view() : name.substr(0, colon);
}

bool is_named(const pugi::xml_node& node, std::string_view name) {
  return local_name(node.name()) == name;
}

/// The attribute of that local name, whatever its prefix.
std::optional<std::string_view> attribute(const pugi::xml_node& node, std::string_view name) {
  for (const auto& candidate : node.attributes()) {
    if (local_name(candidate.name()) == name) return candidate.value();
  }
  return std::nullopt;
}

pugi::xml_node child(const pugi::xml_node& node, std::string_view name) {
  return node.find_child([&](const pugi::xml_node& c) { return is_named(c, name); });
}

bool is_xml_reference(std::string_view text) {
  const auto reference = character_reference(text);
  if (!reference) return false;
  const std::string_view name = text.substr(1, reference->size - 2);
  return name.starts_with('#') || name == "amp" || name == "lt" || name == "gt" || name == "quot" ||
         name == "apos";
}

/// Where the first '&' stands that begins no reference XML itself defines; comments and CDATA pass.
std::optional<std::size_t> find_foreign_entity(std::string_view text) {
  std::size_t at = text.find_first_of("<&");
  for (; at != std::string_view::npos; at = text.find_first_of("<&", at + 1)) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("<!--")) {
      at = std::min(text.find("-->", at), text.size());
    } else if (rest.starts_with("<![CDATA[")) {
      at = std::min(text.find("]]>", at), text.size());
    } else if (rest.front() == '&' && !is_xml_reference(rest)) {
      return at;
    }
  }
  return std::nullopt;
}

/// When something is shown; without end: until its parent ends.
struct Interval {
  MediaTime begin{0};
  std::optional<MediaTime> end;
};

void shorten(std::optional<MediaTime>& end, std::optional<MediaTime> other) {
  if (other && (!end || *other < *end)) end = other;
}

/// What children take over from their parents.
struct Inherited {
  Interval interval;
  bool preserves_space = false;
  std::string language;
  int depth = 0;
};

/// Text that is shown together: a p, or a span of it with times of its own.
struct Run {
  std::string id;
  Interval interval;
  std::string text;
};

class TtmlReader {
 public:
  explicit TtmlReader(std::string_view text) : text_(text) {}

  Result<Sidecar> read() {
    if (const Status status = parse(); !status) return status.error();
    if (const Status status = read_parameters(); !status) return status.error();
    read_head();
    const pugi::xml_node body = child(root_, "body");
    if (body) {
      if (const Status status =
              read_container(body, Inherited{{}, false, sidecar_.header.language, 0});
          !status) {
        return status.error();
      }
    }
    std::stable_sort(sidecar_.cues.begin(), sidecar_.cues.end(),
                     [](const Cue& a, const Cue& b) { return a.span.begin < b.span.begin; });
    return std::move(sidecar_);
  }

 private:
  template <typename... Args>
  Error bad_node(const pugi::xml_node& node, fmt::format_string<Args...> format, Args&&... args) {
    const auto offset = static_cast<std::size_t>(std::max<std::ptrdiff_t>(node.offset_debug(), 0));
    return bad_line(line_at(text_, offset), format, std::forward<Args>(args)...);
  }

  Status parse() {
    if (const auto offset = find_foreign_entity(text_)) {
      return bad_line(line_at(text_, *offset), "'{}' is no character reference of XML",
                      excerpt(text_.substr(*offset, 12)));
    }
    constexpr unsigned kOptions =
        pugi::parse_default | pugi::parse_ws_pcdata | pugi::parse_doctype | pugi::parse_declaration;
    const auto outcome =
        document_.load_buffer(text_.data(), text_.size(), kOptions, pugi::encoding_utf8);
    if (!outcome) {
      const auto offset = static_cast<std::size_t>(std::max<std::ptrdiff_t>(outcome.offset, 0));
      return bad_line(line_at(text_, offset), "not well-formed XML: {}", outcome.description());
    }
    return check_document();
  }

  Status check_document() {
    root_ = document_.document_element();
    for (const auto& node : document_.children()) {
      if (node.type() == pugi::node_doctype) {
        return bad_node(node, "a document type declaration is not allowed");
      }
      const std::string_view encoding = node.attribute("encoding").value();
      if (node.type() == pugi::node_declaration && !encoding.empty() && encoding != "UTF-8" &&
          encoding != "utf-8") {
        return bad_line(1, "the encoding must be UTF-8, not '{}'", excerpt(encoding));
      }
      if (node.type() == pugi::node_element && node != root_) {
        return bad_node(node, "a second document element <{}>", excerpt(node.name()));
      }
    }
    const std::string declaration =
        prefix(root_.name()).empty() ? "xmlns" : "xmlns:" + std::string(prefix(root_.name()));
    const std::string_view name_space = root_.attribute(declaration.c_str()).value();
    const bool is_ttml = name_space == "http://www.w3.org/ns/ttml" ||
                         name_space.starts_with("http://www.w3.org/2006/");
    if (!is_named(root_, "tt") || !is_ttml) {
      return bad_node(root_, "expected <tt xmlns=\"http://www.w3.org/ns/ttml\">, found <{}>",
                      excerpt(root_.name()));
    }
    return ok();
  }

  Status read_parameters() {
    if (attribute(root_, "timeBase").value_or("media") != "media") {
      return Error{ErrorCode::kUnsupported,
                   bad_node(root_, "only ttp:timeBase=\"media\" can be read").message};
    }
    sidecar_.header.language = plain_text(attribute(root_, "lang").value_or(""));
    const bool has_frame_rate = attribute(root_, "frameRate").has_value();
    double numerator = 1;
    double denominator = 1;
    if (!read_rate("frameRate", clock_.frame_rate) ||
        !read_rate("subFrameRate", clock_.sub_frame_rate) ||
        !read_multiplier(numerator, denominator)) {
      return bad_node(root_, "a frame rate must be a whole number above 0");
    }
    clock_.frame_rate *= numerator / denominator;
    clock_.tick_rate = has_frame_rate ? clock_.frame_rate * clock_.sub_frame_rate : 1.0;
    if (!read_rate("tickRate", clock_.tick_rate)) {
      return bad_node(root_, "ttp:tickRate must be a whole number above 0");
    }
    return ok();
  }

  bool read_rate(std::string_view name, double& rate) {
    const auto text = attribute(root_, name);
    if (!text) return true;
    TextScanner scanner(*text);
    const auto value = scanner.take_number(1, 12);
    if (!value || *value == 0 || !scanner.at_end()) return false;
    rate = static_cast<double>(*value);
    return true;
  }

  bool read_multiplier(double& numerator, double& denominator) {
    const auto text = attribute(root_, "frameRateMultiplier");
    if (!text) return true;
    TextScanner scanner(*text);
    const auto first = scanner.take_number(1, 9);
    const bool has_separator = scanner.take_blanks() || scanner.take(':');
    const auto second = has_separator ? scanner.take_number(1, 9) : std::optional<std::int64_t>(1);
    if (!first || !second || *first == 0 || *second == 0 || !scanner.at_end()) return false;
    numerator = static_cast<double>(*first);
    denominator = static_cast<double>(*second);
    return true;
  }

  void read_head() {
    const pugi::xml_node metadata = child(child(root_, "head"), "metadata");
    for (const auto& node : metadata.children()) {
      const std::string value = plain_text(node.child_value());
      const std::size_t colon = value.find(": ");
      if (is_named(node, "title")) sidecar_.header.media_name = value;
      if (is_named(node, "desc") && colon != std::string::npos) {
        sidecar_.header.models[value.substr(0, colon)] = value.substr(colon + 2);
      }
    }
  }

  Result<std::optional<MediaTime>> time_of(const pugi::xml_node& node, const char* name) {
    const pugi::xml_attribute found = node.attribute(name);
    if (!found) return std::optional<MediaTime>();
    const auto time = clock_.parse(found.value());
    if (!time) {
      return bad_node(node, "{}=\"{}\" is no time", name, excerpt(found.value()));
    }
    return time;
  }

  /// The node's own times, told from `reference`, inside its parent's.
  Result<Interval> interval_of(const pugi::xml_node& node, const Interval& parent,
                               MediaTime reference) {
    const auto begin = time_of(node, "begin");
    const auto end = time_of(node, "end");
    const auto duration = time_of(node, "dur");
    for (const auto* time : {&begin, &end, &duration}) {
      if (!*time) return time->error();
    }
    Interval interval{std::min(reference + begin->value_or(MediaTime(0)), kLatestTime), {}};
    if (*end) interval.end = std::min(reference + **end, kLatestTime);
    if (*duration) shorten(interval.end, std::min(interval.begin + **duration, kLatestTime));
    if (interval.end && *interval.end <= interval.begin) {
      return bad_node(node, "<{}> must end after it begins ({} to {})", excerpt(node.name()),
                      format_clock(interval.begin), format_clock(*interval.end));
    }
    shorten(interval.end, parent.end);
    return interval;
  }

  Result<Inherited> enter(const pugi::xml_node& node, const Inherited& parent,
                          MediaTime reference) {
    if (parent.depth == kDeepest) {
      return bad_node(node, "elements nest more than {} deep", kDeepest);
    }
    auto interval = interval_of(node, parent.interval, reference);
    if (!interval) return interval.error();
    Inherited own = parent;
    own.interval = *interval;
    own.depth = parent.depth + 1;
    if (const auto space = attribute(node, "space")) own.preserves_space = *space == "preserve";
    if (const auto language = attribute(node, "lang")) own.language = plain_text(*language);
    return own;
  }

  bool is_foreign(const pugi::xml_node& node) const {
    return prefix(node.name()) != prefix(root_.name()) || is_named(node, "metadata") ||
           is_named(node, "set") || is_named(node, "animate");
  }

  /// body and div.
  Status read_container(const pugi::xml_node& node, const Inherited& parent,
                        MediaTime reference = MediaTime(0)) {
    const auto own = enter(node, parent, reference);
    if (!own) return own.error();
    const bool is_sequence = attribute(node, "timeContainer") == "seq";
    MediaTime next = own->interval.begin;
    for (const auto& inner : node.children()) {
      const Status status = read_child(inner, *own, next);
      if (!status) return status;
      if (is_sequence) next = last_end_.value_or(next);
    }
    last_end_ = own->interval.end;
    return ok();
  }

  Status read_child(const pugi::xml_node& node, const Inherited& parent, MediaTime reference) {
    if (node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata) {
      if (plain_text(node.value()).empty()) return ok();
      return bad_node(node, "text outside of <p>: '{}'", excerpt(node.value()));
    }
    if (is_foreign(node)) return ok();
    if (is_named(node, "div")) return read_container(node, parent, reference);
    if (is_named(node, "p")) return read_paragraph(node, parent, reference);
    return bad_node(node, "expected <div> or <p>, found <{}>", excerpt(node.name()));
  }

  Status read_paragraph(const pugi::xml_node& node, const Inherited& parent, MediaTime reference) {
    const auto own = enter(node, parent, reference);
    if (!own) return own.error();
    std::vector<Run> runs{Run{id_of(node), own->interval, {}}};
    if (const Status status = read_inline(node, *own, runs, 0); !status) return status;
    last_end_ = own->interval.end;
    const std::string speaker =
        plain_text(child(child(child(node, "metadata"), "agent"), "name").child_value());
    for (Run& run : runs) {
      Cue cue{run.id, {}, split_lines(run.text), own->language, std::nullopt, {}};
      if (cue.lines.empty()) continue;
      if (!run.interval.end) return bad_node(node, "<p> has no end, nor has what it stands in");
      if (!speaker.empty()) cue.speaker = speaker;
      cue.span = {run.interval.begin, *run.interval.end};
      if (!cue.span.empty()) sidecar_.cues.push_back(std::move(cue));
    }
    return ok();
  }

  static std::string id_of(const pugi::xml_node& node) {
    std::string_view id = node.attribute("xml:id").value();
    if (id.starts_with("cue-") || id.starts_with("nth-")) id.remove_prefix(4);
    return plain_text(id);
  }

  /// What stands in a p or span; a span with times of its own gets its own run.
  Status read_inline(const pugi::xml_node& node, const Inherited& own, std::vector<Run>& runs,
                     std::size_t run) {
    for (const auto& inner : node.children()) {
      if (inner.type() == pugi::node_pcdata || inner.type() == pugi::node_cdata) {
        append_text(runs[run].text, inner.value(), own.preserves_space);
      } else if (is_foreign(inner)) {
        continue;
      } else if (is_named(inner, "br")) {
        runs[run].text += '\n';
      } else if (is_named(inner, "span")) {
        if (const Status status = read_span(inner, own, runs, run); !status) return status;
      } else {
        return bad_node(inner, "expected <span> or <br>, found <{}>", excerpt(inner.name()));
      }
    }
    return ok();
  }

  Status read_span(const pugi::xml_node& node, const Inherited& parent, std::vector<Run>& runs,
                   std::size_t run) {
    const std::string_view ruby = attribute(node, "ruby").value_or("");
    if (ruby == "text" || ruby == "textContainer" || ruby == "delimiter") return ok();
    const auto own = enter(node, parent, parent.interval.begin);
    if (!own) return own.error();
    const bool is_timed = node.attribute("begin") || node.attribute("end") || node.attribute("dur");
    if (is_timed) {
      runs.push_back(Run{id_of(node), own->interval, {}});
      run = runs.size() - 1;
    }
    return read_inline(node, *own, runs, run);
  }

  static void append_text(std::string& out, std::string_view text, bool preserves_space) {
    const std::size_t before = out.size();
    out += text;
    if (!preserves_space)
      std::replace(out.begin() + static_cast<std::ptrdiff_t>(before), out.end(), '\n', ' ');
  }

  std::string_view text_;
  pugi::xml_document document_;
  pugi::xml_node root_;
  TtmlClock clock_;
  std::optional<MediaTime> last_end_;
  Sidecar sidecar_;
};

}  // namespace

Result<Sidecar> read_ttml(std::string_view text) { return TtmlReader(text).read(); }

}  // namespace subtide
