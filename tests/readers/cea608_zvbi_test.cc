// libzvbi's caption decoder, fed with our byte pairs. It knows no extended characters, so it shows
// the plain letters sent ahead of them, and it executes codes of field 2 that are sent twice two
// times, so what belongs there is put to it as if it came on field 1.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libzvbi.h>

#include <memory>
#include <random>

#include "engine/subtitles/plain_text.h"
#include "tests/engine/subtitles/cea608_samples.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

/// What libzvbi shows of the first or second service of a field.
class ZvbiScreen {
 public:
  explicit ZvbiScreen(Cea608Channel channel)
      : page_(channel == Cea608Channel::kCc1 || channel == Cea608Channel::kCc3 ? 1 : 2),
        decoder_(vbi_decoder_new()) {
    // Without a listener it does not decode captions.
    vbi_event_handler_register(
        decoder_.get(), VBI_EVENT_CAPTION, [](vbi_event*, void*) {}, nullptr);
  }

  void push(const Cea608Slot& slot) {
    vbi_sliced sliced = {};
    sliced.id = VBI_SLICED_CAPTION_525_F1;
    sliced.line = 21;
    sliced.data[0] = slot.pair.first;
    sliced.data[1] = slot.pair.second;
    vbi_decode(decoder_.get(), &sliced, 1, to_seconds(slot.span.begin));
  }

  std::string text() const {
    vbi_page page = {};
    if (!vbi_fetch_cc_page(decoder_.get(), &page, page_, TRUE)) return "?";
    std::string all;
    for (int row = 0; row < page.rows; ++row) {
      const std::string line = row_text(page, row);
      if (!line.empty()) all += (all.empty() ? "" : "/") + line;
    }
    vbi_unref_page(&page);
    return all;
  }

  /// Row (from 1) and column (from 0) of the first character that is seen.
  std::pair<int, int> place() const {
    vbi_page page = {};
    vbi_fetch_cc_page(decoder_.get(), &page, page_, TRUE);
    std::pair<int, int> found;
    for (int at = page.rows * page.columns - 1; at >= 0; --at) {
      const vbi_char& one = page.text[at];
      const bool is_seen = one.opacity != VBI_TRANSPARENT_SPACE && one.unicode > 0x20;
      // It keeps a column free on the left.
      if (is_seen) found = {at / page.columns + 1, at % page.columns - 1};
    }
    vbi_unref_page(&page);
    return found;
  }

 private:
  static std::string row_text(const vbi_page& page, int row) {
    std::string text;
    for (int column = 0; column < page.columns; ++column) {
      const vbi_char& one = page.text[row * page.columns + column];
      append_utf8(text, one.opacity == VBI_TRANSPARENT_SPACE ? U' ' : char32_t{one.unicode});
    }
    return plain_text(text);
  }

  struct Delete {
    void operator()(vbi_decoder* decoder) const { vbi_decoder_delete(decoder); }
  };
  int page_;
  std::unique_ptr<vbi_decoder, Delete> decoder_;
};

std::vector<Shown> read_by_zvbi(const std::vector<Cea608Slot>& slots, Cea608Channel channel) {
  ZvbiScreen screen(channel);
  std::vector<Shown> all;
  for (const Cea608Slot& slot : slots) {
    screen.push(slot);
    const std::string text = screen.text();
    if (text != (all.empty() ? "" : all.back().text)) all.push_back({slot.span.begin, text});
  }
  return all;
}

/// The text with the characters that libzvbi does not know as it shows them.
std::string as_zvbi_shows(const std::string& text) {
  std::string shown;
  for (const Cea608Character& one : cea608_text(text).characters) {
    const auto meaning =
        one.is_extended() ? char32_t{one.fallback} : *cea608_meaning(one.set, one.code);
    append_utf8(shown, meaning == U'’' ? U'\'' : meaning == U'█' ? U'■' : meaning);
  }
  return shown;
}

std::vector<Shown> through_zvbi(const Cea608Options& options, const std::vector<Cue>& cues) {
  Cea608Encoder encoder = encoder_of(options);
  return read_by_zvbi(encode(encoder, cues), options.channel);
}

Cea608Options options_of(Cea608Mode mode, Cea608Channel channel = Cea608Channel::kCc1) {
  Cea608Options options;
  options.mode = mode;
  options.channel = channel;
  options.frame_rate = {30, 1};
  options.erase_after = 3s;
  return options;
}

TEST(Zvbi, ShowsAPopOnCaptionFromItsInTimeToItsOutTime) {
  EXPECT_THAT(through_zvbi(options_of(Cea608Mode::kPopOn),
                           {caption(2s, 4s, {"The budget is ready", "and nobody has seen it."}),
                            caption(4s, 6s, {"Last one."})}),
              ElementsAre(Shown{2s, "The budget is ready/and nobody has seen it."},
                          Shown{4s, "Last one."}, Shown{6s, ""}));
}

TEST(Zvbi, ReadsEveryCharacterThatWeCanSpell) {
  const std::vector<std::string> lines = {
      "ABCDEFGHIJKLMNOPQRSTUVWXYZ",  "abcdefghijklmnopqrstuvwxyz", "0123456789 !\"#$%&’()+,-./",
      ":;<=>?@[]áéíóúç÷Ññ█ hahaha!", "®°½¿™¢£♪àèâêîôû ♪♪ and èè",  "ÁÉÓÚÜü‘¡*—©℠•“” a",
      "ÀÂÇÈÊËëÎÏïÔÙùÛ«» a",          "ÃãÍÌìÒòÕõ{}\\^_ ~ a",        "ÄäÖöß¥¤ ÅåØø a"};
  std::vector<Cue> cues;
  for (const std::string& line : lines) {
    const MediaTime begin = 3s * (cues.size() + 2);
    cues.push_back(caption(begin, begin + 2s, {line}));
  }
  const auto shown = through_zvbi(options_of(Cea608Mode::kPopOn), cues);
  ASSERT_EQ(shown.size(), 2 * lines.size());
  for (std::size_t at = 0; at < lines.size(); ++at) {
    EXPECT_EQ(shown[2 * at].text, as_zvbi_shows(lines[at]));
  }
}

TEST(Zvbi, FindsEveryRowAndColumnWhereItBelongs) {
  for (const auto channel : {Cea608Channel::kCc1, Cea608Channel::kCc2}) {
    for (int row = 1; row <= kCea608Rows; ++row) {
      for (int width = 1; width <= kCea608Columns; ++width) {
        Cea608Options options = options_of(Cea608Mode::kPopOn, channel);
        options.base_row = row;
        Cea608Encoder encoder = encoder_of(options);
        encoder.push(caption(2s, 4s, {std::string(static_cast<std::size_t>(width), 'x')}));
        encoder.advance(6s);
        ZvbiScreen screen(channel);
        while (const auto slot = encoder.next()) {
          if (slot->span.begin < 3s) screen.push(*slot);
        }
        ASSERT_EQ(screen.place(), std::pair(row, (kCea608Columns - width) / 2));
      }
    }
  }
}

/// Cues a few frames apart, with accents, and the time that they need to load.
std::vector<Cue> random_cues(std::mt19937& random, std::size_t lines) {
  const std::vector<std::string> words = {"the", "quick", "brown", "mañana", "Über", "ça",
                                          "♪",   "haha",  "2001",  "À",      "it’s", "fox"};
  std::uniform_int_distribution<std::size_t> word(0, words.size() - 1);
  std::uniform_int_distribution<int> count(1, 5), gap(2, 40);
  std::vector<Cue> cues;
  for (MediaTime at = 3s; cues.size() < 40;) {
    std::vector<std::string> texts(1 + cues.size() % lines);
    for (std::string& text : texts) {
      text = fmt::format("{}", cues.size());
      for (int left = count(random); left > 0; --left) text += " " + words[word(random)];
    }
    cues.push_back(caption(at, at + 2500ms, std::move(texts)));
    at += 2500ms + gap(random) * 33ms;
  }
  return cues;
}

std::vector<Shown> as_zvbi_shows(std::vector<Shown> all) {
  for (Shown& one : all) one.text = as_zvbi_shows(one.text);
  return all;
}

TEST(Zvbi, AgreesWithOurReaderOnTheFrameOfEveryPopOnScreen) {
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  std::size_t screens = 0;
  for (const auto channel :
       {Cea608Channel::kCc1, Cea608Channel::kCc2, Cea608Channel::kCc3, Cea608Channel::kCc4}) {
    Cea608Encoder encoder = encoder_of(options_of(Cea608Mode::kPopOn, channel));
    const auto slots = encode(encoder, random_cues(random, 2));
    const auto ours = as_zvbi_shows(decode(slots, channel));
    EXPECT_EQ(read_by_zvbi(slots, channel), ours) << "seed " << seed;
    screens += ours.size();
  }
  std::printf("pop-on: %zu screens of 4 channels on the same frame in libzvbi, seed %u\n", screens,
              seed);
}

/// Screens that stand for a while: libzvbi shows a word only when it is complete.
std::vector<Shown> steady(const std::vector<Shown>& all) {
  constexpr MediaDuration kSteady = 200ms;
  std::vector<Shown> kept;
  for (std::size_t at = 0; at < all.size(); ++at) {
    const bool stands = at + 1 == all.size() || all[at + 1].begin - all[at].begin >= kSteady;
    if (stands) kept.push_back(all[at]);
  }
  return kept;
}

TEST(Zvbi, AgreesWithOurReaderOnWhatIsWrittenInSight) {
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  for (const auto mode :
       {Cea608Mode::kPaintOn, Cea608Mode::kRollUp2, Cea608Mode::kRollUp3, Cea608Mode::kRollUp4}) {
    for (const auto channel :
         {Cea608Channel::kCc1, Cea608Channel::kCc2, Cea608Channel::kCc3, Cea608Channel::kCc4}) {
      Cea608Encoder encoder = encoder_of(options_of(mode, channel));
      const auto slots = encode(encoder, random_cues(random, 2));
      const auto theirs = read_by_zvbi(slots, channel);
      auto at = theirs.begin();
      for (const Shown& one : as_zvbi_shows(steady(decode(slots, channel)))) {
        at = std::find_if(at, theirs.end(), [&](const Shown& x) { return x.text == one.text; });
        ASSERT_NE(at, theirs.end()) << one.text << ", seed " << seed;
        EXPECT_LE(at->begin - one.begin, 100ms) << one.text << ", seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace subtide
