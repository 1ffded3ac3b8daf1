#include "elements/scale/picture_scaler.h"

#include <utility>

extern "C" {
#include <libswscale/swscale.h>
}

namespace subtide {

void PictureScaler::Free::operator()(SwsContext* context) const { sws_freeContext(context); }

Result<PictureScaler> PictureScaler::create(PictureSize from, PictureSize to, SampleDepth depth) {
  if (from.width < 1 || from.height < 1 || to.width < 1 || to.height < 1) {
    return make_error(ErrorCode::kInvalidArgument, "pictures cannot be scaled from {}x{} to {}x{}",
                      from.width, from.height, to.width, to.height);
  }
  const AVPixelFormat format =
      depth == SampleDepth::kTen ? AV_PIX_FMT_YUV420P10LE : AV_PIX_FMT_YUV420P;
  std::unique_ptr<SwsContext, Free> context(sws_getContext(from.width, from.height, format,
                                                           to.width, to.height, format, SWS_BICUBIC,
                                                           nullptr, nullptr, nullptr));
  if (!context) {
    return make_error(ErrorCode::kUnsupported, "libswscale does not scale {}x{} to {}x{}",
                      from.width, from.height, to.width, to.height);
  }
  return PictureScaler(std::move(context), from.height);
}

void PictureScaler::scale(const ReadPlanes& from, const WritePlanes& into) {
  sws_scale(context_.get(), from.rows.data(), from.strides.data(), 0, lines_, into.rows.data(),
            into.strides.data());
}

}  // namespace subtide
