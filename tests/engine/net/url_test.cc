#include "engine/net/url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace subtide {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Url, IsTakenApart) {
  const auto url = parse_url("https://ann:se%20cret@Example.org:8443/a/b?key=1#part");
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->user, "ann");
  EXPECT_EQ(url->password, "se cret");
  EXPECT_EQ(url->host, "example.org");
  EXPECT_EQ(url->port, "8443");
  EXPECT_EQ(url->path, "/a/b");
  EXPECT_EQ(url->query, "key=1");
}

TEST(Url, IsShownWithoutItsSecrets) {
  const auto url = parse_url("https://ann:secret@example.org/file.mp4?token=abc#x");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->for_messages(), "https://example.org/file.mp4");
  EXPECT_EQ(url->to_request(), "https://example.org/file.mp4?token=abc");
}

class RefusedUrl : public testing::TestWithParam<const char*> {};

TEST_P(RefusedUrl, IsNotHttpOrHttps) {
  const auto url = parse_url(GetParam());
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().code, ErrorCode::kInvalidArgument);
}

INSTANTIATE_TEST_SUITE_P(All, RefusedUrl,
                         testing::Values("file:///etc/passwd", "ftp://example.org/a",
                                         "gopher://x/1", "data:text/plain,hello", "concat:http://a",
                                         "example.org", "//example.org/a", "", "http://",
                                         "http://exa mple.org/", "http://example.org/\r\nX: y",
                                         "https://example.org:99999/",
                                         "subfile,,start,1,end,2,,:/etc/passwd", "dict://x:1/"));

TEST(Url, RefusedOnesAreNamedWithoutTheirSecrets) {
  const auto url = parse_url("ftp://ann:secret@example.org/a?token=abc");
  ASSERT_FALSE(url);
  EXPECT_THAT(url.error().message, HasSubstr("example.org"));
  EXPECT_THAT(url.error().message, Not(HasSubstr("secret")));
  EXPECT_THAT(url.error().message, Not(HasSubstr("abc")));
}

TEST(Url, RedirectsMayBeRelative) {
  const auto base = parse_url("http://example.org/a/b?x=1");
  EXPECT_EQ(resolve_url(*base, "/c")->to_request(), "http://example.org/c");
  EXPECT_EQ(resolve_url(*base, "d")->to_request(), "http://example.org/a/d");
  EXPECT_EQ(resolve_url(*base, "https://other.org/e?y=2")->to_request(), "https://other.org/e?y=2");
}

TEST(Url, RedirectsToOtherSchemesAreRefused) {
  const auto base = parse_url("http://example.org/a");
  EXPECT_FALSE(resolve_url(*base, "file:///etc/passwd"));
  EXPECT_FALSE(resolve_url(*base, "gopher://example.org/"));
}

TEST(Url, OddSpellingsOfAnAddressBecomeTheAddress) {
  EXPECT_EQ(parse_url("http://2130706433/")->host, "127.0.0.1");
  EXPECT_EQ(parse_url("http://0x7f.1/")->host, "127.0.0.1");
  EXPECT_EQ(parse_url("http://0177.0.0.1/")->host, "127.0.0.1");
}

TEST(Url, KnowsThisMachine) {
  EXPECT_TRUE(names_this_machine(*parse_url("http://localhost:8080/")));
  EXPECT_TRUE(names_this_machine(*parse_url("http://127.3.2.1/")));
  EXPECT_TRUE(names_this_machine(*parse_url("http://[::1]/")));
  EXPECT_FALSE(names_this_machine(*parse_url("http://127.example.org/")));
}

}  // namespace
}  // namespace subtide
