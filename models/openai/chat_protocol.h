#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/speech/ports.h"

namespace subtide {

struct ChatMessage {
  std::string role;
  std::string content;
};

/// What asks a language model to translate: the rules, and the sentences as numbered JSON.
std::vector<ChatMessage> translation_messages(std::span<const std::string> sentences,
                                              const TranslationRequest& request);

/// What asks once more after `answer`, naming its `fault`.
std::vector<ChatMessage> repair_messages(std::vector<ChatMessage> messages,
                                         const std::string& answer, const std::string& fault);

/// The body of a chat request.
std::string chat_body(const std::string& model, const std::vector<ChatMessage>& messages);

/// The text that the model wrote. Errors: kBadInput (not a chat completion).
Result<std::string> chat_content(std::string_view body);

/// The `count` translations in the model's text, which may stand in a code fence or between other
/// words. Errors: kBadInput, with the fault in words for the model.
Result<std::vector<std::string>> read_translations(std::string_view content, std::size_t count);

}  // namespace subtide
