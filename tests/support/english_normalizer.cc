#include "tests/support/english_normalizer.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <utility>

namespace subtide {
namespace {

using Words = std::vector<std::string>;

bool ends_with(const std::string& word, std::string_view ending) {
  return word.size() > ending.size() && word.ends_with(ending);
}

bool has_digit(const std::string& word) {
  return std::any_of(word.begin(), word.end(), [](unsigned char c) { return std::isdigit(c); });
}

/// Lower case (ASCII and Latin-1), straight apostrophes, accents off; other symbols become spaces.
std::string fold(std::string_view text) {
  static const std::map<std::string_view, std::string_view> kFolded = {
      {"’", "'"}, {"‘", "'"}, {"à", "a"}, {"á", "a"}, {"â", "a"}, {"ä", "a"},  {"ç", "c"},
      {"è", "e"}, {"é", "e"}, {"ê", "e"}, {"ë", "e"}, {"í", "i"}, {"ï", "i"},  {"ñ", "n"},
      {"ó", "o"}, {"ô", "o"}, {"ö", "o"}, {"ú", "u"}, {"ü", "u"}, {"æ", "ae"}, {"œ", "oe"},
      {"É", "e"}, {"Ä", "a"}, {"Ö", "o"}, {"Ü", "u"}, {"£", "£"}, {"€", "€"}};
  std::string folded;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    const std::string_view character = text.substr(i, length);
    i += length;
    if (length == 1) {
      folded += static_cast<char>(std::tolower(byte));
    } else {
      const auto found = kFolded.find(character);
      folded += found == kFolded.end() ? " " : found->second;
    }
  }
  return folded;
}

std::string replace_all(std::string text,
                        const std::vector<std::pair<std::regex, std::string>>& rules) {
  for (const auto& [pattern, by] : rules) text = std::regex_replace(text, pattern, by);
  return text;
}

std::string spell_out_contractions(const std::string& text) {
  static const std::vector<std::pair<std::regex, std::string>> kRules = [] {
    const std::vector<std::pair<std::string, std::string>> plain = {
        {R"(\[[^\]]*\]|\([^)]*\))", " "},
        {R"(\b(hmm|mm|mhm|mmm|uh|um)\b)", " "},
        {R"(\s+')", "'"},
        {R"(\bwon't\b)", "will not"},
        {R"(\bcan't\b)", "can not"},
        {R"(\bcannot\b)", "can not"},
        {R"(\blet's\b)", "let us"},
        {R"(\bain't\b)", "aint"},
        {R"(\by'all\b)", "you all"},
        {R"(\bwanna\b)", "want to"},
        {R"(\bgotta\b)", "got to"},
        {R"(\bgonna\b)", "going to"},
        {R"(\b(would|could|should)a\b)", "$1 have"},
        {R"(\bma'am\b)", "madam"},
        {R"(\bmr\b)", "mister"},
        {R"(\bmrs\b)", "missus"},
        {R"(\bst\b)", "saint"},
        {R"(\bdr\b)", "doctor"},
        {R"(\bprof\b)", "professor"},
        {R"(\bcapt\b)", "captain"},
        {R"(\bgov\b)", "governor"},
        {R"(\bgen\b)", "general"},
        {R"(\bsen\b)", "senator"},
        {R"(\brev\b)", "reverend"},
        {R"(\bjr\b)", "junior"},
        {R"(\bsr\b)", "senior"},
        {R"('d (been|gone|done)\b)", " had $1"},
        {R"('s (been|gone|done|got)\b)", " has $1"},
        {R"(n't\b)", " not"},
        {R"('re\b)", " are"},
        {R"('s\b)", " is"},
        {R"('d\b)", " would"},
        {R"('ll\b)", " will"},
        {R"('ve\b)", " have"},
        {R"('m\b)", " am"},
        {R"((\d),(\d))", "$1$2"},
        {R"(\.([^0-9]|$))", " $1"},
    };
    std::vector<std::pair<std::regex, std::string>> rules;
    for (const auto& [pattern, by] : plain) rules.emplace_back(std::regex(pattern), by);
    return rules;
  }();
  return replace_all(text, kRules);
}

/// Words of letters, digits and the signs that belong to numbers.
Words split(const std::string& text) {
  Words words;
  std::string word;
  const auto end_word = [&] {
    while (!word.empty() && (word.back() == '.' || word.back() == '\'')) word.pop_back();
    if (!word.empty()) words.push_back(word);
    word.clear();
  };
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || byte >= 0x80) {
      word += c;
    } else if (c == '.' && !word.empty()) {
      word += c;
    } else if (c == '%' || c == '$') {
      word += c;
    } else if (c != '\'') {  // an apostrophe that is left belongs to its word: o'clock
      end_word();
    }
  }
  end_word();
  return words;
}

const std::map<std::string, int>& small_numbers() {
  static const std::map<std::string, int> kNumbers = {
      {"zero", 0},     {"one", 1},      {"two", 2},        {"three", 3},     {"four", 4},
      {"five", 5},     {"six", 6},      {"seven", 7},      {"eight", 8},     {"nine", 9},
      {"ten", 10},     {"eleven", 11},  {"twelve", 12},    {"thirteen", 13}, {"fourteen", 14},
      {"fifteen", 15}, {"sixteen", 16}, {"seventeen", 17}, {"eighteen", 18}, {"nineteen", 19},
      {"twenty", 20},  {"thirty", 30},  {"forty", 40},     {"fifty", 50},    {"sixty", 60},
      {"seventy", 70}, {"eighty", 80},  {"ninety", 90}};
  return kNumbers;
}

std::optional<std::int64_t> multiplier(const std::string& word) {
  if (word == "hundred") return 100;
  if (word == "thousand") return 1000;
  if (word == "million") return 1'000'000;
  if (word == "billion") return 1'000'000'000;
  return std::nullopt;
}

/// "third" as 3 and "rd"; nothing for words that are no ordinals.
std::optional<std::pair<std::string, std::string>> ordinal(const std::string& word) {
  static const std::map<std::string, std::pair<std::string, std::string>> kOdd = {
      {"first", {"one", "st"}},     {"second", {"two", "nd"}},   {"third", {"three", "rd"}},
      {"fifth", {"five", "th"}},    {"eighth", {"eight", "th"}}, {"ninth", {"nine", "th"}},
      {"twelfth", {"twelve", "th"}}};
  if (const auto odd = kOdd.find(word); odd != kOdd.end()) return odd->second;
  if (ends_with(word, "tieth")) return std::pair{word.substr(0, word.size() - 4) + "y", "th"};
  if (!ends_with(word, "th")) return std::nullopt;
  const std::string stem = word.substr(0, word.size() - 2);
  if (small_numbers().contains(stem) || multiplier(stem)) return std::pair{stem, "th"};
  return std::nullopt;
}

/// Collects number words into one number: sums where English adds, digits in a row elsewhere
/// ("nineteen eighty four" is 1984).
class NumberBuilder {
 public:
  bool is_empty() const { return is_empty_; }

  void add(int value) {
    const bool adds = !is_empty_ && ((last_ >= 20 && last_ < 100 && value < 10 && value > 0) ||
                                     (last_ >= 100 && value < last_));
    if (is_empty_ || adds) {
      group_ += value;
    } else {
      prefix_ += std::to_string(total_ + group_);
      total_ = 0;
      group_ = value;
    }
    last_ = value;
    is_empty_ = false;
  }

  void multiply(std::int64_t by) {
    if (by == 100) {
      group_ *= by;
    } else {
      total_ += group_ * by;
      group_ = 0;
    }
    last_ = by;
  }

  std::string take() {
    const std::string text = prefix_ + std::to_string(total_ + group_);
    *this = NumberBuilder();
    return text;
  }

 private:
  std::string prefix_;
  std::int64_t total_ = 0;
  std::int64_t group_ = 0;
  std::int64_t last_ = 0;
  bool is_empty_ = true;
};

/// Adds one number word; true when it was one.
bool add_number_word(NumberBuilder& number, const std::string& word) {
  if (const auto small = small_numbers().find(word); small != small_numbers().end()) {
    number.add(small->second);
    return true;
  }
  const auto by = multiplier(word);
  if (!by || number.is_empty()) return false;
  number.multiply(*by);
  return true;
}

Words numbers_as_digits(const Words& words) {
  Words out;
  NumberBuilder number;
  const auto flush = [&] {
    if (!number.is_empty()) out.push_back(number.take());
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (add_number_word(number, word)) continue;
    const bool joins = word == "and" && !number.is_empty() && i > 0 && multiplier(words[i - 1]) &&
                       i + 1 < words.size() && small_numbers().contains(words[i + 1]);
    if (joins) continue;
    if (const auto rank = ordinal(word); rank && add_number_word(number, rank->first)) {
      out.push_back(number.take() + rank->second);
      continue;
    }
    flush();
    if (word == "percent" && !out.empty() && has_digit(out.back())) {
      out.back() += "%";
    } else {
      out.push_back(word);
    }
  }
  flush();
  return out;
}

/// British spellings by stem or ending.
std::string american(std::string word) {
  static const std::map<std::string, std::string> kWhole = {
      {"grey", "gray"},          {"centre", "center"},
      {"theatre", "theater"},    {"metre", "meter"},
      {"litre", "liter"},        {"programme", "program"},
      {"cheque", "check"},       {"tyre", "tire"},
      {"defence", "defense"},    {"offence", "offense"},
      {"licence", "license"},    {"plough", "plow"},
      {"aluminium", "aluminum"}, {"mum", "mom"},
      {"jewellery", "jewelry"},  {"ageing", "aging"},
      {"catalogue", "catalog"},  {"dialogue", "dialog"},
      {"towards", "toward"},     {"sceptical", "skeptical"}};
  if (const auto whole = kWhole.find(word); whole != kWhole.end()) return whole->second;
  static const std::array kOurStems = {"col",  "fav",  "hon",  "lab",    "neighb", "flav",
                                       "harb", "hum",  "vap",  "rum",    "behavi", "endeav",
                                       "arm",  "parl", "savi", "splend", "vig"};
  for (const std::string stem : kOurStems) {
    if (word.starts_with(stem + "our")) word.replace(stem.size(), 3, "or");
  }
  static const std::array<std::pair<std::string_view, std::string_view>, 8> kEndings = {
      {{"isation", "ization"},
       {"isations", "izations"},
       {"yse", "yze"},
       {"ysed", "yzed"},
       {"elled", "eled"},
       {"elling", "eling"},
       {"ysing", "yzing"},
       {"eller", "eler"}}};
  static const std::set<std::string> kKept = {
      "spelled",  "spelling",  "compelled", "compelling", "excelled", "excelling",
      "expelled", "expelling", "propelled", "propelling", "rebelled", "selling",
      "telling",  "dwelling",  "smelled",   "smelling",   "seller",   "teller",
      "dwelled",  "yelled",    "yelling",   "swelling",   "swelled",  "quelled"};
  for (const auto& [british, other] : kEndings) {
    if (ends_with(word, british) && !kKept.contains(word)) {
      word.replace(word.size() - british.size(), british.size(), other);
    }
  }
  static const std::set<std::string> kIseStems = {
      "organ",    "recogn", "real",  "apolog",    "critic",  "emphas",  "general",
      "memor",    "minim",  "maxim", "modern",    "optim",   "special", "standard",
      "summar",   "symbol", "civil", "character", "categor", "author",  "colon",
      "crystall", "econom", "final", "normal",    "visual",  "util"};
  for (const std::string_view ending : {"ise", "ised", "ises", "ising"}) {
    if (ends_with(word, ending) &&
        kIseStems.contains(word.substr(0, word.size() - ending.size()))) {
      word[word.size() - ending.size() + 1] = 'z';
    }
  }
  return word;
}

}  // namespace

std::vector<std::string> normalize_english(std::string_view text) {
  Words words = numbers_as_digits(split(spell_out_contractions(fold(text))));
  for (std::string& word : words) word = american(std::move(word));
  return words;
}

}  // namespace subtide
