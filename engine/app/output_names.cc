#include "engine/app/output_names.h"

#include <fmt/format.h>
#include <unicode/uloc.h>

#include <algorithm>
#include <map>
#include <set>

#include "engine/net/url.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

/// A byte of "%41" as a character; what is not such a byte stays.
std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto is_hex = [&](std::size_t at) {
      return at < text.size() && std::isxdigit(static_cast<unsigned char>(text[at])) != 0;
    };
    if (text[i] == '%' && is_hex(i + 1) && is_hex(i + 2)) {
      decoded += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

/// A file name from the last part of the URL's path; safe to put into a folder.
std::string file_name_of_url(const std::string& text) {
  const auto url = parse_url(text);
  std::string name = url ? percent_decoded(fs::path(url->path).filename().string()) : "";
  std::erase_if(name, [](char letter) {
    return letter == '/' || static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F;
  });
  while (name.starts_with('.')) name.erase(0, 1);
  if (name.empty() && url) name = url->host;
  return name.empty() ? "download" : name;
}

std::string file_name_of(const InputItem& item) {
  return item.kind == InputKind::kUrl ? file_name_of_url(item.url) : item.path.filename().string();
}

fs::path folder_of(const InputItem& item, const std::optional<fs::path>& output_folder) {
  if (output_folder) return (*output_folder / item.below).lexically_normal();
  return item.kind == InputKind::kUrl ? fs::path() : item.path.parent_path();
}

OutputNames first_names(const InputItem& item, const std::optional<fs::path>& output_folder) {
  OutputNames names;
  names.folder = folder_of(item, output_folder);
  fs::path stem = fs::path(file_name_of(item)).stem();
  if (item.kind == InputKind::kSubtitles) {
    const std::string tag = stem.extension().string();
    if (!tag.empty() && is_known_language(tag.substr(1))) {
      names.language_in_name = tag.substr(1);
      stem = stem.stem();
    }
  }
  names.stem = stem.string();
  return names;
}

fs::path key_of(const OutputNames& names) { return names.folder / names.stem; }

bool is_iso_language(const std::string& code) {
  for (const char* const* known = uloc_getISOLanguages(); *known != nullptr; ++known) {
    if (code == *known) return true;
  }
  return false;
}

}  // namespace

fs::path OutputNames::sidecar(std::string_view language, std::string_view format) const {
  return folder / fmt::format("{}.{}.{}", stem, language, format);
}

fs::path OutputNames::preview() const { return folder / (stem + ".preview.html"); }

std::vector<OutputNames> name_outputs(const std::vector<InputItem>& items,
                                      const std::optional<fs::path>& output_folder) {
  return name_outputs(items, std::vector(items.size(), output_folder));
}

std::vector<OutputNames> name_outputs(const std::vector<InputItem>& items,
                                      const std::vector<std::optional<fs::path>>& output_folders) {
  std::vector<OutputNames> all;
  // Sidecars of one stem in several languages are one programme: they share the stem.
  std::map<fs::path, std::set<std::string>> languages_of_stem;
  std::map<fs::path, std::size_t> uses;
  for (std::size_t i = 0; i < items.size(); ++i) {
    all.push_back(first_names(items[i], output_folders[i]));
    ++uses[key_of(all.back())];
    languages_of_stem[key_of(all.back())].insert(all.back().language_in_name);
  }
  std::map<fs::path, const InputItem*> taken;
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto& names = all[i];
    const auto key = key_of(names);
    const auto& languages = languages_of_stem[key];
    const bool is_one_programme = languages.size() == uses[key] && !languages.contains("");
    if (uses[key] > 1 && !is_one_programme) names.stem = file_name_of(items[i]);
    const auto place =
        is_one_programme ? fs::path(key) += "." + names.language_in_name : key_of(names);
    const auto [other, is_new] = taken.emplace(place, &items[i]);
    if (is_new) continue;
    names.conflict = make_error(ErrorCode::kAlreadyExists,
                                "{}: its outputs would have the names of those of {}; give the "
                                "folder itself, or run them apart",
                                items[i].name, other->second->name);
  }
  return all;
}

OutputNames OutputNamer::name(const InputItem& item) {
  OutputNames names = first_names(item, output_folder_);
  if (owners_.emplace(key_of(names), item.path).first->second == item.path) return names;
  names.stem = file_name_of(item);
  const auto& owner = owners_.emplace(key_of(names), item.path).first->second;
  if (owner != item.path) {
    names.conflict = make_error(ErrorCode::kAlreadyExists,
                                "{}: its outputs would have the names of those of {}; rename it",
                                item.name, owner.string());
  }
  return names;
}

bool is_known_language(std::string_view text) {
  if (text == "und") return true;
  const auto dash = text.find('-');
  const std::string language(text.substr(0, dash));
  if (language.size() != 2 || !is_iso_language(language)) return false;
  if (dash == text.npos) return true;
  const auto rest = text.substr(dash + 1);
  return rest.size() >= 2 && std::ranges::all_of(rest, [](unsigned char letter) {
           return letter < 0x80 && (std::isalnum(letter) != 0 || letter == '-');
         });
}

}  // namespace subtide
