#include "models/pocketsphinx/decoder.h"

#include <pocketsphinx/pocketsphinx.h>
#include <sphinxbase/err.h>
#include <sphinxbase/fe.h>
#include <sphinxbase/feat.h>

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <system_error>
#include <utility>

namespace subtide {
namespace {

constexpr MediaDuration kFrame = std::chrono::milliseconds(10);
constexpr int kFramesBetweenStops = 50;

void drop_line(void* /*user*/, err_lvl_t /*level*/, const char* /*format*/, ...) {}

/// pocketsphinx tells every step on standard error, some by this thread's log file.
void silence_log() {
  static std::once_flag once;
  std::call_once(once, [] { err_set_callback(drop_line, nullptr); });
  err_set_logfp(nullptr);
}

struct FreeConfig {
  void operator()(cmd_ln_t* config) const { cmd_ln_free_r(config); }
};
struct FreeDecoder {
  void operator()(ps_decoder_t* decoder) const { ps_free(decoder); }
};
struct FreeCepstra {
  void operator()(mfcc_t** cepstra) const { fe_free_2d(cepstra); }
};

/// Cepstra of one stretch, a row each 10 ms.
struct Cepstra {
  std::unique_ptr<mfcc_t*, FreeCepstra> rows;
  int count = 0;
};

Result<Cepstra> analyse(fe_t* front_end, std::span<const std::int16_t> samples) {
  mfcc_t** rows = nullptr;
  int32 count = 0;
  if (fe_start_utt(front_end) < 0 ||
      fe_process_utt(front_end, samples.data(), samples.size(), &rows, &count) < 0) {
    return make_error(ErrorCode::kInternal, "pocketsphinx: cannot analyse {} samples",
                      samples.size());
  }
  Cepstra cepstra{.rows = std::unique_ptr<mfcc_t*, FreeCepstra>(rows), .count = count};
  int32 last = 0;
  std::vector<mfcc_t> rest(static_cast<std::size_t>(fe_get_output_size(front_end)));
  fe_end_utt(front_end, rest.data(), &last);
  return cepstra;
}

/// Takes the mean of all speech off every row.
void level(std::vector<Cepstra>& stretches, std::size_t width) {
  std::vector<double> sum(width, 0.0);
  std::size_t count = 0;
  for (const Cepstra& cepstra : stretches) {
    for (int t = 0; t < cepstra.count; ++t) {
      const mfcc_t* row = cepstra.rows.get()[t];
      if (row[0] < 0) continue;  // next to no energy: says nothing about the voice
      for (std::size_t i = 0; i < width; ++i) sum[i] += static_cast<double>(row[i]);
      ++count;
    }
  }
  if (count == 0) return;
  for (const Cepstra& cepstra : stretches) {
    for (int t = 0; t < cepstra.count; ++t) {
      mfcc_t* row = cepstra.rows.get()[t];
      for (std::size_t i = 0; i < width; ++i) {
        row[i] -= static_cast<mfcc_t>(sum[i] / static_cast<double>(count));
      }
    }
  }
}

/// "two(2)" is another way to say "two".
std::string without_variant(std::string text) {
  if (!text.empty() && text.back() == ')') text.resize(std::min(text.size(), text.rfind('(')));
  return text;
}

bool is_filler(const std::string& text) {
  return text.empty() || text.front() == '<' || text.front() == '[' || text.starts_with("++");
}

std::vector<SphinxWord> read_words(ps_decoder_t* decoder) {
  std::vector<SphinxWord> words;
  logmath_t* log_math = ps_get_logmath(decoder);
  for (ps_seg_t* segment = ps_seg_iter(decoder); segment != nullptr;
       segment = ps_seg_next(segment)) {
    const std::string text = without_variant(ps_seg_word(segment));
    if (is_filler(text)) continue;
    int first = 0;
    int last = 0;
    ps_seg_frames(segment, &first, &last);
    const double probability =
        logmath_exp(log_math, ps_seg_prob(segment, nullptr, nullptr, nullptr));
    words.push_back({.text = text,
                     .span = {first * kFrame, (last + 1) * kFrame},
                     .confidence = static_cast<float>(std::clamp(probability, 0.0, 1.0))});
  }
  return words;
}

Result<std::vector<SphinxWord>> search(ps_decoder_t* decoder, const Cepstra& cepstra,
                                       const RecognitionRequest& request) {
  if (cepstra.count == 0) return std::vector<SphinxWord>();
  if (ps_start_utt(decoder) < 0) {
    return make_error(ErrorCode::kInternal, "pocketsphinx: cannot start");
  }
  bool has_failed = false;
  for (int t = 0; t < cepstra.count && request.goes_on() && !has_failed; t += kFramesBetweenStops) {
    const int count = std::min(kFramesBetweenStops, cepstra.count - t);
    has_failed = ps_process_cep(decoder, cepstra.rows.get() + t, count, FALSE, FALSE) < 0;
  }
  has_failed = ps_end_utt(decoder) < 0 || has_failed;
  if (request.stop.stop_requested()) return make_error(ErrorCode::kUnavailable, "stopped");
  if (has_failed) return make_error(ErrorCode::kInternal, "pocketsphinx: the search failed");
  return read_words(decoder);
}

}  // namespace

struct SphinxDecoder::State {
  std::unique_ptr<cmd_ln_t, FreeConfig> config;
  std::unique_ptr<ps_decoder_t, FreeDecoder> decoder;
};

SphinxDecoder::SphinxDecoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
SphinxDecoder::~SphinxDecoder() = default;

Result<std::unique_ptr<SphinxDecoder>> SphinxDecoder::create(
    const std::filesystem::path& model_folder) {
  for (const char* part : {"en-us/mdef", "en-us.lm.bin", "cmudict-en-us.dict"}) {
    std::error_code error;
    if (std::filesystem::exists(model_folder / part, error)) continue;
    return make_error(ErrorCode::kNotFound,
                      "{}: no pocketsphinx model; install the package pocketsphinx-en-us",
                      (model_folder / part).string());
  }
  silence_log();
  const std::string acoustic = model_folder / "en-us";
  const std::string language = model_folder / "en-us.lm.bin";
  const std::string dictionary = model_folder / "cmudict-en-us.dict";
  auto state = std::make_unique<State>();
  state->config.reset(cmd_ln_init(nullptr, ps_args(), TRUE, "-hmm", acoustic.c_str(), "-lm",
                                  language.c_str(), "-dict", dictionary.c_str(), "-remove_silence",
                                  "no", "-cmn", "none", nullptr));
  if (state->config) state->decoder.reset(ps_init(state->config.get()));
  if (!state->decoder) {
    return make_error(ErrorCode::kInternal, "{}: pocketsphinx cannot load it; reinstall {}",
                      model_folder.string(), "pocketsphinx-en-us");
  }
  // level() does it; an option would be overruled by the model's own feat.params.
  ps_get_feat(state->decoder.get())->cmn = CMN_NONE;
  return std::unique_ptr<SphinxDecoder>(new SphinxDecoder(std::move(state)));
}

Result<std::vector<std::vector<SphinxWord>>> SphinxDecoder::decode(
    const std::vector<std::span<const std::int16_t>>& stretches,
    const RecognitionRequest& request) {
  ps_decoder_t* decoder = state_->decoder.get();
  fe_t* front_end = ps_get_fe(decoder);
  fe_start_stream(front_end);  // forgets the noise level
  std::vector<Cepstra> cepstra;
  for (const auto& samples : stretches) {
    Result<Cepstra> analysed = analyse(front_end, samples);
    if (!analysed) return std::move(analysed.error());
    cepstra.push_back(std::move(*analysed));
  }
  level(cepstra, static_cast<std::size_t>(fe_get_output_size(front_end)));
  std::vector<std::vector<SphinxWord>> result;
  for (const Cepstra& stretch : cepstra) {
    Result<std::vector<SphinxWord>> words = search(decoder, stretch, request);
    if (!words) return std::move(words.error());
    result.push_back(std::move(*words));
  }
  return result;
}

}  // namespace subtide
