#include "engine/gst/picture_file.h"

#include <fmt/format.h>
#include <gst/video/video.h>

#include <array>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "engine/gst/error.h"
#include "engine/gst/pointer.h"

namespace subtide {
namespace {

constexpr GstClockTime kLongestDecoding = 20 * GST_SECOND;

/// GStreamer's decoder for what the file begins with. Errors: as read_picture().
Result<std::string_view> decoder_of(const std::filesystem::path& path) {
  std::error_code failure;
  if (!std::filesystem::is_regular_file(path, failure)) {
    return make_error(ErrorCode::kNotFound, "{}: there is no such picture", path.string());
  }
  std::array<char, 8> begin{};
  std::ifstream file(path, std::ios::binary);
  if (!file) return make_error(ErrorCode::kIo, "{}: cannot be read", path.string());
  file.read(begin.data(), begin.size());
  const std::string_view text(begin.data(), static_cast<std::size_t>(file.gcount()));
  if (text == "\x89PNG\r\n\x1a\n") return std::string_view("pngdec");
  if (text.starts_with("\xFF\xD8\xFF")) return std::string_view("jpegdec");
  return make_error(ErrorCode::kUnsupported, "{}: neither PNG nor JPEG", path.string());
}

/// A pipeline that decodes one picture, stopped with the object.
class PictureDecoder {
 public:
  explicit PictureDecoder(ElementPtr pipeline) : pipeline_(std::move(pipeline)) {}
  ~PictureDecoder() { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }
  PictureDecoder(const PictureDecoder&) = delete;
  PictureDecoder& operator=(const PictureDecoder&) = delete;

  GstPtr<GstSample> decode(const std::filesystem::path& path) {
    const ElementPtr file(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "file"));
    const ElementPtr out(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "out"));
    g_object_set(file.get(), "location", path.c_str(), nullptr);
    gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
    GstSample* sample = nullptr;
    g_signal_emit_by_name(out.get(), "try-pull-sample", kLongestDecoding, &sample);
    return GstPtr<GstSample>(sample);
  }
  /// Why there was none.
  std::string failure() const {
    const GstPtr<GstBus> bus(gst_element_get_bus(pipeline_.get()));
    const MessagePtr message(gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR));
    return message ? read_error(message.get()).message : "it holds no picture";
  }

 private:
  ElementPtr pipeline_;
};

Picture to_picture(GstVideoFrame& frame) {
  Picture picture;
  picture.width = GST_VIDEO_FRAME_WIDTH(&frame);
  picture.height = GST_VIDEO_FRAME_HEIGHT(&frame);
  const auto* rows = static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0));
  const auto row_bytes = static_cast<std::ptrdiff_t>(picture.width) * 4;
  for (int y = 0; y < picture.height; ++y) {
    const auto* row = rows + std::ptrdiff_t{GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0)} * y;
    picture.pixels.insert(picture.pixels.end(), row, row + row_bytes);
  }
  return picture;
}

}  // namespace

Result<Picture> read_picture(const std::filesystem::path& path) {
  const auto factory = decoder_of(path);
  if (!factory) return factory.error();
  GError* failure = nullptr;
  ElementPtr pipeline = own_object(gst_parse_launch(
      fmt::format("filesrc name=file ! {} ! video/x-raw,width=[1,8192],height=[1,8192] ! "
                  "videoconvert ! video/x-raw,format=BGRx ! appsink name=out sync=false",
                  *factory)
          .c_str(),
      &failure));
  const ErrorPtr held(failure);
  if (!pipeline || held) {
    return make_error(ErrorCode::kUnsupported, "{}: {}", path.string(),
                      held ? held->message : "an element is missing");
  }
  PictureDecoder decoder(std::move(pipeline));
  const auto sample = decoder.decode(path);
  GstVideoInfo form;
  GstVideoFrame frame;
  if (!sample || gst_video_info_from_caps(&form, gst_sample_get_caps(sample.get())) == FALSE ||
      gst_video_frame_map(&frame, &form, gst_sample_get_buffer(sample.get()), GST_MAP_READ) ==
          FALSE) {
    return make_error(ErrorCode::kBadInput, "{}: {}", path.string(), decoder.failure());
  }
  Picture picture = to_picture(frame);
  gst_video_frame_unmap(&frame);
  return picture;
}

}  // namespace subtide
