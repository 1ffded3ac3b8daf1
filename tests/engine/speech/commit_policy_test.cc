#include "engine/speech/commit_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <sstream>

#include "engine/speech/commit_alignment.h"
#include "engine/speech/erasure_meter.h"
#include "engine/speech/live_windows.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;

CommitPolicy policy(CommitOptions options = {}) { return *CommitPolicy::create(options); }

/// "the sea is": words of 0.4 s, one each half second from `begin` on.
std::vector<Word> words(const std::string& text, MediaTime begin = 0s) {
  std::vector<Word> result;
  std::istringstream in(text);
  for (std::string each; in >> each; begin += 500ms) {
    result.push_back({each, {begin, begin + 400ms}});
  }
  return result;
}

std::string text_of(const std::vector<CommittedWord>& committed) {
  std::vector<Word> plain;
  for (const CommittedWord& each : committed) plain.push_back(each.word);
  return to_text(plain);
}

TEST(CommitPolicy, CommitsWhatTwoDecodesAgreeOnButTheLastWord) {
  CommitPolicy commits = policy();
  EXPECT_EQ(text_of(commits.partial(words("the sea is"), {0s, 2s}).committed), "");
  const CommitUpdate second = commits.partial(words("the sea is cold"), {0s, 3s});
  EXPECT_EQ(text_of(second.committed), "the sea is");
  EXPECT_EQ(second.committed[0].cause, CommitCause::kAgreed);
  EXPECT_EQ(to_text(second.tail), "cold");
  EXPECT_EQ(second.agreed, 0U);
  EXPECT_EQ(commits.frontier(), 1400ms);
}

TEST(CommitPolicy, AnAgreedLastWordWaitsForTheNextOne) {
  CommitPolicy commits = policy();
  commits.partial(words("the sea."), {0s, 2s});
  const CommitUpdate same = commits.partial(words("the sea."), {0s, 3s});
  EXPECT_EQ(text_of(same.committed), "the");
  EXPECT_EQ(same.agreed, 1U);
  EXPECT_EQ(text_of(commits.partial(words("the sea is cold"), {0s, 4s}).committed), "sea");
}

TEST(CommitPolicy, CaseAndPunctuationDoNotHinderAgreementAndTheLaterTextCounts) {
  CommitPolicy commits = policy();
  commits.partial(words("The sea."), {0s, 2s});
  EXPECT_EQ(text_of(commits.partial(words("The Sea is"), {0s, 3s}).committed), "The Sea");
}

TEST(CommitPolicy, WhatChangedIsNotCommittedAndTheNextDecodeDecides) {
  CommitPolicy commits = policy();
  commits.partial(words("the see is"), {0s, 2s});
  const CommitUpdate changed = commits.partial(words("the sea is cold"), {0s, 3s});
  EXPECT_EQ(text_of(changed.committed), "the");
  EXPECT_EQ(text_of(commits.partial(words("the sea is cold tonight"), {0s, 4s}).committed),
            "sea is cold");
}

TEST(CommitPolicy, ACompleteWindowCommitsEverything) {
  CommitPolicy commits = policy();
  commits.partial(words("the sea"), {0s, 1s});
  const CommitUpdate last = commits.complete(words("the sea is cold."), {0s, 2s});
  EXPECT_EQ(text_of(last.committed), "the sea is cold.");
  EXPECT_EQ(last.committed.back().cause, CommitCause::kFinal);
  EXPECT_TRUE(last.tail.empty());
}

TEST(CommitPolicy, WindowRuleCommitsCompleteWindowsOnly) {
  CommitPolicy commits = policy({.rule = CommitRule::kWindow});
  commits.partial(words("the sea is"), {0s, 2s});
  EXPECT_TRUE(commits.partial(words("the sea is"), {0s, 9s}).committed.empty());
  EXPECT_TRUE(commits.age(60s).committed.empty());
  EXPECT_EQ(text_of(commits.complete(words("the sea is"), {0s, 9s}).committed), "the sea is");
}

TEST(CommitPolicy, AWordIsCommittedWhenItIsFourSecondsOld) {
  CommitPolicy commits = policy();
  EXPECT_EQ(text_of(commits.partial(words("the sea is"), {0s, 4900ms}).committed), "the sea");
  EXPECT_TRUE(commits.age(5300ms).committed.empty());
  const CommitUpdate aged = commits.age(5400ms);
  EXPECT_EQ(text_of(aged.committed), "is");
  EXPECT_EQ(aged.committed[0].cause, CommitCause::kAge);
}

TEST(CommitPolicy, ABoundaryCommitsTheTailAndNothingLaterBeginsBeforeIt) {
  CommitPolicy commits = policy();
  commits.partial(words("the sea"), {0s, 1s});
  const CommitUpdate forced = commits.force(2s);
  EXPECT_EQ(text_of(forced.committed), "the sea");
  EXPECT_EQ(forced.committed[0].cause, CommitCause::kForced);
  const CommitUpdate next = commits.complete(words("is", 1900ms), {1900ms, 3s});
  EXPECT_EQ(next.committed[0].word.span.begin, 2s);
}

TEST(CommitPolicy, ADecodeThatBeginsAnywhereBehindTheCommittedWordsGoesOn) {
  for (const MediaTime from : {0ms, 500ms, 1000ms, 1400ms}) {
    CommitPolicy commits = policy();
    commits.partial(words("no no no no"), {0s, 2s});
    commits.partial(words("no no no no"), {0s, 2500ms});  // three committed, up to 1.4 s
    std::vector<Word> again;
    for (const Word& word : words("no no no no yes")) {
      if (word.span.begin >= from) again.push_back(word);
    }
    EXPECT_EQ(text_of(commits.complete(again, {from, 4s}).committed), "no yes");
  }
}

TEST(CommitPolicy, CommittedTimesNeverOverlap) {
  CommitPolicy commits = policy();
  commits.complete({{"one", {0s, 1s}}}, {0s, 1s});
  const CommitUpdate next = commits.complete({{"two", {900ms, 1800ms}}}, {0s, 2s});
  EXPECT_EQ(next.committed[0].word.span, (TimeSpan{1s, 1800ms}));
}

TEST(CommitPolicy, ForgetsEverythingAfterAFlush) {
  CommitPolicy commits = policy();
  commits.complete(words("the sea", 60s), {60s, 61s});
  commits.reset();
  EXPECT_EQ(text_of(commits.complete(words("is cold"), {0s, 1s}).committed), "is cold");
}

TEST(CommitPolicy, RefusesANegativeAge) {
  EXPECT_FALSE(CommitPolicy::create({.maximum_age = -1s}));
}

TEST(CommitAlignment, FindsTheBorderByTextWhereTimesMoved) {
  const auto committed = words("the sea is");
  std::vector<Word> moved = words("sea is cold", 700ms);  // 0.2 s late
  EXPECT_EQ(committed_words(moved, committed, 1400ms), 2U);
  EXPECT_EQ(committed_words(words("very cold", 1500ms), committed, 1400ms), 0U);
  EXPECT_EQ(committed_words({}, committed, 1400ms), 0U);
  EXPECT_EQ(committed_words(moved, {}, MediaTime::min()), 0U);
}

TEST(ErasureMeter, CountsWhatThePreviewTookBack) {
  CommitPolicy commits = policy();
  ErasureMeter meter;
  meter.show(commits.partial(words("the see is"), {0s, 2s}));
  meter.show(commits.partial(words("the sea is cold"), {0s, 3s}));  // "see is" went
  EXPECT_EQ(meter.erased(), 2U);
  meter.show(commits.complete(words("the sea is cold."), {0s, 3s}));
  EXPECT_EQ(meter.committed(), 4U);
  EXPECT_DOUBLE_EQ(meter.normalized(), 0.5);
}

TEST(ErasureMeter, IsNothingBeforeTheFirstWord) {
  EXPECT_DOUBLE_EQ(ErasureMeter().normalized(), 0.0);
}

/// Speech and a decoder of it that moves times and makes mistakes near the end of what it heard.
class JitteringDecoder {
 public:
  explicit JitteringDecoder(std::uint32_t seed) : random_(seed) {
    MediaTime at = 300ms;
    for (int i = 0; i < 120; ++i) {
      const MediaTime end = at + some(180ms, 500ms);
      // Few different words, so that they come again and again.
      truth_.push_back({"w" + std::to_string(random_() % 6), {at, end}});
      at = end + (random_() % 9 == 0 ? some(700ms, 2s) : some(0ms, 60ms));
    }
  }

  const std::vector<Word>& truth() const { return truth_; }

  std::vector<Word> decode(TimeSpan heard, bool is_final) {
    std::vector<Word> heard_words;
    const MediaDuration drift = some(-60ms, 60ms);
    for (const Word& word : truth_) {
      const MediaTime middle = (word.span.begin + word.span.end) / 2;
      if (middle < heard.begin || middle >= heard.end) continue;
      Word jittered = word;
      jittered.span.begin += drift + some(-30ms, 30ms);
      jittered.span.end = std::max(jittered.span.begin, jittered.span.end + drift);
      const bool is_unsure = !is_final && heard.end - word.span.end < 600ms;
      if (is_unsure && random_() % 3 == 0) jittered.text = "wrong";
      if (is_unsure && random_() % 5 == 0) continue;
      heard_words.push_back(jittered);
    }
    return heard_words;
  }

  MediaDuration some(MediaDuration least, MediaDuration most) {
    return std::uniform_int_distribution<MediaDuration::rep>(least.count(), most.count())(random_) *
           1ns;
  }

 private:
  std::mt19937 random_;
  std::vector<Word> truth_;
};

/// The words as a live stream gives them: windows that grow, are trimmed and closed in pauses.
std::vector<CommittedWord> live_words(JitteringDecoder& decoder, ErasureMeter& meter) {
  CommitPolicy commits = policy();
  LiveWindows windows = *LiveWindows::create({});
  std::vector<CommittedWord> all;
  const auto& truth = decoder.truth();
  std::size_t word = 0;
  const MediaTime end = truth.back().span.end + 2s;
  const std::vector<std::int16_t> silence(1600, 0);
  bool is_speech = false;
  for (MediaTime at = 0s; at < end; at += 100ms) {
    windows.push(at, silence);
    while (word < truth.size() && truth[word].span.end <= at) ++word;
    const MediaTime quiet_since = word == 0 ? 0s : truth[word - 1].span.end;
    const bool is_quiet =
        (word == truth.size() || truth[word].span.begin > at) && at - quiet_since > 500ms;
    if (is_quiet && is_speech) windows.speech_ended(quiet_since + 150ms);
    if (!is_quiet && !is_speech) windows.speech_started(truth[word].span.begin - 150ms);
    is_speech = !is_quiet;
    while (const auto step = windows.next()) {
      const auto& window = std::get<LiveWindow>(*step);
      auto decoded = decoder.decode(window.span(), window.is_final);
      CommitUpdate update = window.is_final ? commits.complete(std::move(decoded), window.span())
                                            : commits.partial(std::move(decoded), window.span());
      windows.done();
      meter.show(update);
      for (const CommittedWord& each : update.committed) {
        windows.committed(each.word.span, false);
        all.push_back(each);
      }
    }
  }
  return all;
}

TEST(CommitPolicy, LosesDoublesAndMovesNothingWhateverTheDecoderDoes) {
  std::size_t erased = 0;
  std::size_t committed = 0;
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    JitteringDecoder decoder(seed);
    ErasureMeter meter;
    const auto all = live_words(decoder, meter);
    std::vector<Word> heard;
    MediaTime last = 0s;
    for (const CommittedWord& each : all) {
      EXPECT_GE(each.word.span.begin, last) << "seed " << seed;
      EXPECT_GE(each.word.span.end, each.word.span.begin) << "seed " << seed;
      last = each.word.span.end;
      heard.push_back(each.word);
    }
    ASSERT_EQ(to_text(heard), to_text(decoder.truth())) << "seed " << seed;
    for (std::size_t i = 0; i < heard.size(); ++i) {
      const MediaDuration off = heard[i].span.begin - decoder.truth()[i].span.begin;
      EXPECT_LE(std::chrono::abs(off), 250ms) << "seed " << seed << ", word " << i;
    }
    erased += meter.erased();
    committed += meter.committed();
  }
  std::printf("200 streams: %zu words committed, erasure of the preview %.3f\n", committed,
              static_cast<double>(erased) / static_cast<double>(committed));
}

}  // namespace
}  // namespace subtide
