#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace subtide {

/// What came back over a plain connection. Names of headers are lower case.
struct PlainAnswer {
  int status = 0;  ///< 0: nothing came
  std::map<std::string, std::string> headers;
  std::string body;
};

/// A client that does one thing: opens a connection to 127.0.0.1, sends, reads. Threads: one each.
class PlainClient {
 public:
  explicit PlainClient(std::uint16_t port);
  ~PlainClient();
  PlainClient(const PlainClient&) = delete;
  PlainClient& operator=(const PlainClient&) = delete;

  void send(const std::string& method, const std::string& target,
            const std::vector<std::string>& headers = {}, const std::string& body = {});
  /// Reads until the answer is whole, or `longest` has gone by.
  PlainAnswer read_answer(std::chrono::milliseconds longest = std::chrono::seconds(20));
  /// Reads until `text` was there; all that came.
  std::string read_until(const std::string& text,
                         std::chrono::milliseconds longest = std::chrono::seconds(20));
  /// Whether something, or the end, comes within that time.
  bool has_answer(std::chrono::milliseconds within) const;

 private:
  bool read_some(std::chrono::milliseconds longest);
  int socket_;
  std::string received_;
};

PlainAnswer plain_get(std::uint16_t port, const std::string& target,
                      const std::vector<std::string>& headers = {});
PlainAnswer plain_post(std::uint16_t port, const std::string& target, const std::string& body,
                       const std::vector<std::string>& headers = {});

}  // namespace subtide
