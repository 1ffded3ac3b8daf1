#include "engine/gst/text_meta.h"

#include <new>
#include <utility>

namespace subtide {
namespace {

struct TextMeta {
  GstMeta meta;
  std::shared_ptr<const Phrase> phrase;
  std::shared_ptr<const Cue> cue;
};

GType text_meta_api() {
  static const GType type = [] {
    static const gchar* no_tags[] = {nullptr};
    return gst_meta_api_type_register("TideTextMetaAPI", no_tags);
  }();
  return type;
}

gboolean init_meta(GstMeta* meta, gpointer, GstBuffer*) {
  auto* text = reinterpret_cast<TextMeta*>(meta);
  new (&text->phrase) std::shared_ptr<const Phrase>();
  new (&text->cue) std::shared_ptr<const Cue>();
  return TRUE;
}

void free_meta(GstMeta* meta, GstBuffer*) {
  auto* text = reinterpret_cast<TextMeta*>(meta);
  std::destroy_at(&text->phrase);
  std::destroy_at(&text->cue);
}

gboolean transform_meta(GstBuffer* to, GstMeta* meta, GstBuffer* from, GQuark type, gpointer data);

const GstMetaInfo* text_meta_info() {
  static const GstMetaInfo* info = gst_meta_register(
      text_meta_api(), "TideTextMeta", sizeof(TextMeta), init_meta, free_meta, transform_meta);
  return info;
}

TextMeta* find_meta(GstBuffer* buffer) {
  return reinterpret_cast<TextMeta*>(gst_buffer_get_meta(buffer, text_meta_api()));
}

TextMeta* find_or_add_meta(GstBuffer* buffer) {
  TextMeta* found = find_meta(buffer);
  if (found != nullptr) return found;
  return reinterpret_cast<TextMeta*>(gst_buffer_add_meta(buffer, text_meta_info(), nullptr));
}

gboolean transform_meta(GstBuffer* to, GstMeta* meta, GstBuffer*, GQuark type, gpointer data) {
  if (!GST_META_TRANSFORM_IS_COPY(type)) return FALSE;
  // A part of the text no longer is what the words say.
  if (static_cast<GstMetaTransformCopy*>(data)->region) return TRUE;
  const auto* text = reinterpret_cast<const TextMeta*>(meta);
  TextMeta* copy = find_or_add_meta(to);
  copy->phrase = text->phrase;
  copy->cue = text->cue;
  return TRUE;
}

}  // namespace

void attach_phrase(GstBuffer* buffer, std::shared_ptr<const Phrase> phrase) {
  TextMeta* meta = find_or_add_meta(buffer);
  meta->phrase = std::move(phrase);
  meta->cue = nullptr;
}

void attach_cue(GstBuffer* buffer, std::shared_ptr<const Cue> cue) {
  TextMeta* meta = find_or_add_meta(buffer);
  meta->cue = std::move(cue);
  meta->phrase = nullptr;
}

std::shared_ptr<const Phrase> phrase_of(GstBuffer* buffer) {
  const TextMeta* meta = find_meta(buffer);
  return meta != nullptr ? meta->phrase : nullptr;
}

std::shared_ptr<const Cue> cue_of(GstBuffer* buffer) {
  const TextMeta* meta = find_meta(buffer);
  return meta != nullptr ? meta->cue : nullptr;
}

}  // namespace subtide
