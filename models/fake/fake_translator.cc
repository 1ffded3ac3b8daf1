#include <algorithm>
#include <cstdlib>
#include <utility>

#include "models/fake/fake.h"
#include "models/fake/fake_script.h"

namespace subtide {
namespace {

constexpr std::size_t kHugeBytes = 10'000'000;
constexpr int kLoops = 40;

class FakeTranslator : public Translator {
 public:
  explicit FakeTranslator(FakeScript script) : script_(std::move(script)) {
    traits_.spec = script_.name.empty() ? "fake" : "fake:" + script_.name;
    traits_.detail = "tagged sentences, for tests";
    traits_.is_punctuated = true;
  }

  const ModelTraits& traits() const override { return traits_; }

  Result<std::vector<std::string>> translate(std::span<const std::string> sentences,
                                             const TranslationRequest& request) override {
    if (auto waited = fake_delay(script_.delay, request.stop, request.progress); !waited)
      return waited.error();
    std::vector<std::string> answers;
    for (const std::string& sentence : sentences) {
      answers.push_back(translate_one(sentence, request.target_language));
    }
    for (const FakeTrouble& trouble : script_.troubles) {
      if (!trouble.lasts()) continue;
      if (auto spoiled = spoil(trouble, sentences, request, answers); !spoiled) {
        return spoiled.error();
      }
    }
    return answers;
  }

 private:
  std::string translate_one(const std::string& sentence, const std::string& target) const {
    if (const auto found = script_.sentences.find(sentence); found != script_.sentences.end()) {
      return found->second;
    }
    if (!script_.is_upper_case) return fmt::format("[{}] {}", target, sentence);
    std::string upper = sentence;
    std::ranges::transform(upper, upper.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return upper;
  }

  static Status spoil(const FakeTrouble& trouble, std::span<const std::string> sentences,
                      const TranslationRequest& request, std::vector<std::string>& answers) {
    for (std::size_t i = 0; i < sentences.size(); ++i) {
      if (sentences[i].find(trouble.text) == std::string::npos) continue;
      if (auto waited = fake_delay(trouble.delay, request.stop, request.progress); !waited)
        return waited;
      if (trouble.fault == FakeFault::kFail) {
        return make_error(trouble.code, "fake model: told to fail at \"{}\"", sentences[i]);
      }
      if (trouble.fault == FakeFault::kCount) {
        answers.pop_back();
        return ok();
      }
      spoil_one(trouble.fault, answers[i]);
    }
    return ok();
  }

  static void spoil_one(FakeFault fault, std::string& answer) {
    switch (fault) {
      case FakeFault::kCrash:
        std::abort();
      case FakeFault::kHang:
        fake_hang();
      case FakeFault::kEmpty:
        answer.clear();
        break;
      case FakeFault::kHuge:
        answer = std::string(kHugeBytes, 'a');
        break;
      case FakeFault::kLoop:
        answer.clear();
        for (int i = 0; i < kLoops; ++i) answer += "thank you all ";
        break;
      case FakeFault::kBytes:
        answer += "\xFF\xC0";
        break;
      case FakeFault::kSlow:
      case FakeFault::kFail:
      case FakeFault::kCount:
      case FakeFault::kOutside:
      case FakeFault::kLanguage:
        break;
    }
  }

  const FakeScript script_;
  ModelTraits traits_;
};

}  // namespace

Result<std::shared_ptr<Translator>> make_fake_translator(std::string_view spec_rest,
                                                         const ModelOptions&) {
  auto script = read_fake_script(spec_rest);
  if (!script) return script.error();
  return std::make_shared<FakeTranslator>(std::move(*script));
}

}  // namespace subtide
