#include "elements/meta/coded_video.h"

#include <gst/video/video.h>

#include <string_view>
#include <utility>

namespace subtide {
namespace {

/// A buffer's bytes for reading, for as long as this lives.
class MappedBytes {
 public:
  explicit MappedBytes(GstBuffer* buffer) : buffer_(buffer) {
    is_mapped_ = gst_buffer_map(buffer, &map_, GST_MAP_READ) == TRUE;
  }
  ~MappedBytes() {
    if (is_mapped_) gst_buffer_unmap(buffer_, &map_);
  }
  MappedBytes(const MappedBytes&) = delete;
  MappedBytes& operator=(const MappedBytes&) = delete;

  ByteView get() const { return is_mapped_ ? ByteView(map_.data, map_.size) : ByteView(); }

 private:
  GstBuffer* buffer_;
  GstMapInfo map_ = GST_MAP_INFO_INIT;
  bool is_mapped_ = false;
};

std::optional<VideoCodec> codec_of(const GstStructure* fields) {
  if (gst_structure_has_name(fields, "video/x-h264")) return VideoCodec::kH264;
  if (gst_structure_has_name(fields, "video/x-h265")) return VideoCodec::kH265;
  return std::nullopt;
}

std::string_view text_field(const GstStructure* fields, const char* name) {
  const gchar* value = gst_structure_get_string(fields, name);
  return value != nullptr ? value : "";
}

std::optional<std::size_t> length_size_of(const GstStructure* fields, VideoCodec codec) {
  const GValue* value = gst_structure_get_value(fields, "codec_data");
  if (value == nullptr || !GST_VALUE_HOLDS_BUFFER(value)) return std::nullopt;
  const MappedBytes record(gst_value_get_buffer(value));
  return nal_length_size(codec, record.get());
}

/// Triplets: what the pair is, and its two bytes.
void take_triplets(ByteView bytes, GstVideoCaptionType type, std::vector<CaptionPair>& pairs) {
  ByteReader reader(bytes);
  while (reader.rest().size() >= 3) {
    const std::uint8_t first = reader.u8();
    CaptionPair pair;
    if (type == GST_VIDEO_CAPTION_TYPE_CEA708_RAW) {
      pair.type = static_cast<CaptionType>(first & 3);
      pair.is_valid = (first & 4) != 0;
    } else {
      pair.type = (first & 0x80) != 0 ? CaptionType::kField1 : CaptionType::kField2;
    }
    pair.bytes = {reader.u8(), reader.u8()};
    pairs.push_back(pair);
  }
}

void take_pairs(ByteView bytes, std::vector<CaptionPair>& pairs) {
  ByteReader reader(bytes);
  while (reader.rest().size() >= 2) {
    CaptionPair pair;
    pair.bytes = {reader.u8(), reader.u8()};
    pairs.push_back(pair);
  }
}

}  // namespace

Result<std::optional<NalFraming>> framing_of(const GstCaps* caps) {
  const GstStructure* fields = gst_caps_get_structure(caps, 0);
  const auto codec = codec_of(fields);
  if (!codec) return std::optional<NalFraming>();
  if (text_field(fields, "alignment") != "au") {
    return make_error(ErrorCode::kUnsupported,
                      "tidemeta: the video does not come in whole access units; put {} and "
                      "\"alignment=au\" in front, or set sei=false captions=false",
                      *codec == VideoCodec::kH264 ? "h264parse" : "h265parse");
  }
  if (text_field(fields, "stream-format") == "byte-stream") {
    return std::optional(NalFraming{*codec, 0});
  }
  const auto length_size = length_size_of(fields, *codec);
  if (!length_size) {
    return make_error(ErrorCode::kBadInput,
                      "tidemeta: the video's codec_data is missing or damaged; put {} in front",
                      *codec == VideoCodec::kH264 ? "h264parse" : "h265parse");
  }
  return std::optional(NalFraming{*codec, *length_size});
}

std::optional<std::size_t> sei_place(GstBuffer* buffer, const NalFraming& framing) {
  return sei_place(MappedBytes(buffer).get(), framing);
}

bool has_captions(GstBuffer* buffer, const NalFraming& framing) {
  return has_captions(MappedBytes(buffer).get(), framing);
}

std::vector<CaptionPair> captions_beside(GstBuffer* buffer) {
  std::vector<CaptionPair> pairs;
  gpointer state = nullptr;
  while (GstMeta* raw =
             gst_buffer_iterate_meta_filtered(buffer, &state, GST_VIDEO_CAPTION_META_API_TYPE)) {
    const auto* meta = reinterpret_cast<GstVideoCaptionMeta*>(raw);
    const ByteView bytes(meta->data, meta->size);
    if (meta->caption_type == GST_VIDEO_CAPTION_TYPE_CEA608_RAW) {
      take_pairs(bytes, pairs);
    } else if (meta->caption_type == GST_VIDEO_CAPTION_TYPE_CEA608_S334_1A ||
               meta->caption_type == GST_VIDEO_CAPTION_TYPE_CEA708_RAW) {
      take_triplets(bytes, meta->caption_type, pairs);
    }
  }
  return pairs;
}

Result<BufferPtr> with_sei(BufferPtr buffer, const NalFraming& framing, std::size_t place,
                           const std::vector<SeiMessage>& messages) {
  ByteWriter sei;
  for (const SeiMessage& message : messages) {
    const auto nal = frame_nal(framing, write_sei(framing.codec, message));
    if (!nal) {
      return make_error(ErrorCode::kUnsupported,
                        "tidemeta: an SEI message is too long for the stream's NAL lengths of {} "
                        "bytes; shorten its payload",
                        framing.length_size);
    }
    sei.bytes(*nal);
  }
  BufferPtr out(gst_buffer_new());
  gst_buffer_copy_into(out.get(), buffer.get(), GST_BUFFER_COPY_METADATA, 0, gsize(-1));
  gst_buffer_copy_into(out.get(), buffer.get(), GST_BUFFER_COPY_MEMORY, 0, place);
  gst_buffer_append_memory(out.get(), gst_allocator_alloc(nullptr, sei.size(), nullptr));
  gst_buffer_fill(out.get(), place, sei.written().data(), sei.size());
  gst_buffer_copy_into(out.get(), buffer.get(), GST_BUFFER_COPY_MEMORY, place, gsize(-1));
  return out;
}

}  // namespace subtide
