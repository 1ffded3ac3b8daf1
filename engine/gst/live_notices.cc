#include "engine/gst/live_notices.h"

#include <utility>

namespace subtide {
namespace {

constexpr const char* kLiveEdge = "tide/live-edge";
constexpr const char* kPartial = "tide/partial";
constexpr const char* kCommit = "tide/commit";
constexpr const char* kDegrade = "tide/degrade";
constexpr const char* kBehind = "recognizer_behind";
constexpr std::size_t kCauses = 4;

// Lists ride in a structure as GstValueArrays of one type.

void append(GValue* list, std::int64_t number) {
  GValue item = G_VALUE_INIT;
  g_value_init(&item, G_TYPE_INT64);
  g_value_set_int64(&item, number);
  gst_value_array_append_and_take_value(list, &item);
}
void append(GValue* list, const std::string& text) {
  GValue item = G_VALUE_INIT;
  g_value_init(&item, G_TYPE_STRING);
  g_value_set_string(&item, text.c_str());
  gst_value_array_append_and_take_value(list, &item);
}
void append(GValue* list, float number) {
  GValue item = G_VALUE_INIT;
  g_value_init(&item, G_TYPE_FLOAT);
  g_value_set_float(&item, number);
  gst_value_array_append_and_take_value(list, &item);
}

template <typename Items, typename Get>
void set_list(GstStructure* fields, const char* name, const Items& items, Get get) {
  GValue list = G_VALUE_INIT;
  g_value_init(&list, GST_TYPE_ARRAY);
  for (const auto& item : items) append(&list, get(item));
  gst_structure_take_value(fields, name, &list);
}

/// The list's items where it is there, has `size` of them and all are of `type`; else null.
const GValue* find_list(const GstStructure* fields, const char* name, GType type, guint size) {
  const GValue* list = gst_structure_get_value(fields, name);
  if (list == nullptr || !GST_VALUE_HOLDS_ARRAY(list)) return nullptr;
  if (gst_value_array_get_size(list) != size) return nullptr;
  for (guint i = 0; i < size; ++i) {
    if (!G_VALUE_HOLDS(gst_value_array_get_value(list, i), type)) return nullptr;
  }
  return list;
}

std::int64_t number_at(const GValue* list, guint index) {
  return g_value_get_int64(gst_value_array_get_value(list, index));
}

const GstStructure* fields_of(GstMessage* message, const char* name) {
  if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_ELEMENT) return nullptr;
  const GstStructure* fields = gst_message_get_structure(message);
  return fields != nullptr && gst_structure_has_name(fields, name) ? fields : nullptr;
}

void post(GstElement* element, GstStructure* fields) {
  gst_element_post_message(element, gst_message_new_element(GST_OBJECT_CAST(element), fields));
}

bool read_words(const GstStructure* fields, guint count, std::vector<Word>& words) {
  const GValue* texts = find_list(fields, "texts", G_TYPE_STRING, count);
  const GValue* begins = find_list(fields, "begins", G_TYPE_INT64, count);
  const GValue* ends = find_list(fields, "ends", G_TYPE_INT64, count);
  const GValue* confidences = find_list(fields, "confidences", G_TYPE_FLOAT, count);
  if (texts == nullptr || begins == nullptr || ends == nullptr || confidences == nullptr) {
    return false;
  }
  for (guint i = 0; i < count; ++i) {
    const gchar* text = g_value_get_string(gst_value_array_get_value(texts, i));
    words.push_back({text != nullptr ? text : "",
                     {MediaTime(number_at(begins, i)), MediaTime(number_at(ends, i))},
                     g_value_get_float(gst_value_array_get_value(confidences, i))});
  }
  return true;
}

}  // namespace

EventPtr make_event(const LiveEdge& edge) {
  return EventPtr(gst_event_new_custom(
      GST_EVENT_CUSTOM_DOWNSTREAM,
      gst_structure_new(kLiveEdge, "time", G_TYPE_INT64, gint64{edge.time.count()}, nullptr)));
}

std::optional<LiveEdge> read_live_edge(GstEvent* event) {
  const GstStructure* fields = gst_event_get_structure(event);
  gint64 time = 0;
  if (fields == nullptr || !gst_structure_has_name(fields, kLiveEdge) ||
      !gst_structure_get_int64(fields, "time", &time)) {
    return std::nullopt;
  }
  return LiveEdge{MediaTime(time)};
}

void post_notice(GstElement* element, const PartialText& notice) {
  GstStructure* fields = gst_structure_new(
      kPartial, "agreed", G_TYPE_UINT64, guint64{notice.agreed}, "begin", G_TYPE_INT64,
      gint64{notice.span.begin.count()}, "end", G_TYPE_INT64, gint64{notice.span.end.count()},
      "language", G_TYPE_STRING, notice.language.c_str(), "revision", G_TYPE_UINT64,
      guint64{notice.revision}, "count", G_TYPE_UINT, static_cast<guint>(notice.words.size()),
      nullptr);
  const auto& words = notice.words;
  set_list(fields, "texts", words,
           [](const Word& word) -> const std::string& { return word.text; });
  set_list(fields, "begins", words, [](const Word& word) { return word.span.begin.count(); });
  set_list(fields, "ends", words, [](const Word& word) { return word.span.end.count(); });
  set_list(fields, "confidences", words, [](const Word& word) { return word.confidence; });
  post(element, fields);
}

std::optional<PartialText> read_partial_text(GstMessage* message) {
  const GstStructure* fields = fields_of(message, kPartial);
  if (fields == nullptr) return std::nullopt;
  guint64 agreed = 0;
  guint64 revision = 0;
  gint64 begin = 0;
  gint64 end = 0;
  guint count = 0;
  const gchar* language = gst_structure_get_string(fields, "language");
  PartialText notice;
  if (language == nullptr || !gst_structure_get_uint64(fields, "agreed", &agreed) ||
      !gst_structure_get_uint64(fields, "revision", &revision) ||
      !gst_structure_get_int64(fields, "begin", &begin) ||
      !gst_structure_get_int64(fields, "end", &end) ||
      !gst_structure_get_uint(fields, "count", &count) ||
      !read_words(fields, count, notice.words)) {
    return std::nullopt;
  }
  notice.agreed = agreed;
  notice.span = {MediaTime(begin), MediaTime(end)};
  notice.language = language;
  notice.revision = revision;
  return notice;
}

void post_notice(GstElement* element, const CommitNotice& notice) {
  GstStructure* fields =
      gst_structure_new(kCommit, "erasure", G_TYPE_DOUBLE, notice.erasure, "count", G_TYPE_UINT,
                        static_cast<guint>(notice.words.size()), nullptr);
  const auto& words = notice.words;
  set_list(fields, "ends", words, [](const CommitDelay& word) { return word.word_end.count(); });
  set_list(fields, "policy", words, [](const CommitDelay& word) { return word.policy.count(); });
  set_list(fields, "compute", words, [](const CommitDelay& word) { return word.compute.count(); });
  set_list(fields, "causes", words,
           [](const CommitDelay& word) { return std::string(to_string(word.cause)); });
  post(element, fields);
}

std::optional<CommitNotice> read_commit_notice(GstMessage* message) {
  const GstStructure* fields = fields_of(message, kCommit);
  CommitNotice notice;
  guint count = 0;
  if (fields == nullptr || !gst_structure_get_double(fields, "erasure", &notice.erasure) ||
      !gst_structure_get_uint(fields, "count", &count)) {
    return std::nullopt;
  }
  const GValue* ends = find_list(fields, "ends", G_TYPE_INT64, count);
  const GValue* policy = find_list(fields, "policy", G_TYPE_INT64, count);
  const GValue* compute = find_list(fields, "compute", G_TYPE_INT64, count);
  const GValue* causes = find_list(fields, "causes", G_TYPE_STRING, count);
  if (ends == nullptr || policy == nullptr || compute == nullptr || causes == nullptr) {
    return std::nullopt;
  }
  for (guint i = 0; i < count; ++i) {
    CommitDelay word{MediaTime(number_at(ends, i)), MediaDuration(number_at(policy, i)),
                     MediaDuration(number_at(compute, i)), CommitCause::kForced};
    const gchar* cause = g_value_get_string(gst_value_array_get_value(causes, i));
    for (std::size_t each = 0; cause != nullptr && each < kCauses; ++each) {
      const auto known = static_cast<CommitCause>(each);
      if (to_string(known) == cause) word.cause = known;
    }
    notice.words.push_back(word);
  }
  return notice;
}

DegradeNotice to_notice(const ShedChange& change) {
  const auto name = [](const std::optional<ShedRung>& rung) {
    return std::string(rung ? to_string(*rung) : "normal");
  };
  return {change.is_entered, name(change.from), name(change.to), kBehind, change.age};
}

void post_notice(GstElement* element, const DegradeNotice& notice) {
  post(element, gst_structure_new(kDegrade, "entered", G_TYPE_BOOLEAN, notice.is_entered, "from",
                                  G_TYPE_STRING, notice.from.c_str(), "to", G_TYPE_STRING,
                                  notice.to.c_str(), "cause", G_TYPE_STRING, notice.cause.c_str(),
                                  "age", G_TYPE_INT64, gint64{notice.age.count()}, nullptr));
}

std::optional<DegradeNotice> read_degrade_notice(GstMessage* message) {
  const GstStructure* fields = fields_of(message, kDegrade);
  if (fields == nullptr) return std::nullopt;
  gboolean is_entered = FALSE;
  gint64 age = 0;
  const gchar* from = gst_structure_get_string(fields, "from");
  const gchar* to = gst_structure_get_string(fields, "to");
  const gchar* cause = gst_structure_get_string(fields, "cause");
  if (from == nullptr || to == nullptr || cause == nullptr ||
      !gst_structure_get_boolean(fields, "entered", &is_entered) ||
      !gst_structure_get_int64(fields, "age", &age)) {
    return std::nullopt;
  }
  return DegradeNotice{is_entered == TRUE, from, to, cause, MediaDuration(age)};
}

}  // namespace subtide
