#include "engine/net/address_rules.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstring>
#include <string>
#include <vector>

namespace subtide {
namespace {

bool is_public(const std::string& text) {
  sockaddr_storage storage{};
  if (text.find(':') != std::string::npos) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), &address.sin6_addr), 1) << text;
    std::memcpy(&storage, &address, sizeof(address));
  } else {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    EXPECT_EQ(inet_pton(AF_INET, text.c_str(), &address.sin_addr), 1) << text;
    std::memcpy(&storage, &address, sizeof(address));
  }
  return is_public_address(reinterpret_cast<const sockaddr&>(storage));
}

class PrivateAddress : public testing::TestWithParam<const char*> {};

TEST_P(PrivateAddress, IsRefused) {
  EXPECT_FALSE(is_public(GetParam()));
  const std::string text = GetParam();
  EXPECT_FALSE(may_be_public_host(text.find(':') == std::string::npos ? text : "[" + text + "]"));
}

INSTANTIATE_TEST_SUITE_P(
    All, PrivateAddress,
    testing::Values("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1",
                    "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254",
                    "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.1.1",
                    "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1",
                    "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1",
                    "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1", "2001::1",
                    "3fff::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
                    "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1",
                    "2002:7f00:1::", "2002:c0a8:101::1", "::127.0.0.1", "100::1"));

class PublicAddress : public testing::TestWithParam<const char*> {};

TEST_P(PublicAddress, IsAllowed) { EXPECT_TRUE(is_public(GetParam())); }

INSTANTIATE_TEST_SUITE_P(All, PublicAddress,
                         testing::Values("1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0",
                                         "100.63.255.255", "100.128.0.0", "126.255.255.255",
                                         "128.0.0.1", "172.15.255.255", "172.32.0.0",
                                         "192.167.255.255", "192.169.0.0", "223.255.255.255",
                                         "2606:4700::1111", "2a00:1450::1", "2001:4860::8888",
                                         "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"));

TEST(AddressRules, NamesOfThisMachineAreNotPublic) {
  EXPECT_FALSE(may_be_public_host("localhost"));
  EXPECT_FALSE(may_be_public_host("db.localhost"));
  EXPECT_TRUE(may_be_public_host("example.org"));
}

sockaddr_storage address_of(const char* text) {
  sockaddr_storage storage{};
  auto* four = reinterpret_cast<sockaddr_in*>(&storage);
  if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
    storage.ss_family = AF_INET;
    return storage;
  }
  auto* six = reinterpret_cast<sockaddr_in6*>(&storage);
  EXPECT_EQ(inet_pton(AF_INET6, text, &six->sin6_addr), 1) << text;
  storage.ss_family = AF_INET6;
  return storage;
}

bool holds(const char* range, const char* address) {
  const auto read = AddressRange::parse(range);
  EXPECT_TRUE(read) << range;
  const sockaddr_storage storage = address_of(address);
  return read->contains(reinterpret_cast<const sockaddr&>(storage));
}

TEST(AddressRange, HoldsItsAddresses) {
  EXPECT_TRUE(holds("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(holds("192.168.4.0/22", "192.168.7.255"));
  EXPECT_FALSE(holds("192.168.4.0/22", "192.168.8.0"));
  EXPECT_TRUE(holds("10.1.2.3", "10.1.2.3"));
  EXPECT_FALSE(holds("10.1.2.3", "10.1.2.4"));
  EXPECT_TRUE(holds("10.0.0.0/8", "::ffff:10.0.0.1"));
  EXPECT_TRUE(holds("fd00::/8", "fd12::1"));
  EXPECT_FALSE(holds("fd00::/8", "fe80::1"));
  EXPECT_FALSE(holds("fd00::/8", "10.0.0.1"));
  EXPECT_TRUE(holds("0.0.0.0/0", "127.0.0.1"));
  EXPECT_FALSE(holds("0.0.0.0/0", "::1"));
}

TEST(AddressRange, RefusesWhatIsNone) {
  for (const char* text : {"", "10.0.0.0/33", "10.0.0/8", "fd00::/129", "10.0.0.0/-1",
                           "10.0.0.0/8x", "localhost", "10.0.0.0/"}) {
    EXPECT_FALSE(AddressRange::parse(text)) << text;
  }
}

TEST(AddressRules, AnAllowedRangeIsAddedToThePublicOnes) {
  const std::vector<AddressRange> allowed{*AddressRange::parse("10.0.0.0/8")};
  const sockaddr_storage camera = address_of("10.0.0.9");
  EXPECT_TRUE(is_allowed_address(reinterpret_cast<const sockaddr&>(camera), allowed));
  EXPECT_FALSE(is_allowed_address(reinterpret_cast<const sockaddr&>(camera), {}));
  EXPECT_TRUE(may_be_allowed_host("10.0.0.9", allowed));
  EXPECT_FALSE(may_be_allowed_host("192.168.0.1", allowed));
  EXPECT_FALSE(may_be_allowed_host("10.0.0.9", {}));
  EXPECT_TRUE(may_be_allowed_host("localhost", allowed));  // judged when it is resolved
  EXPECT_TRUE(may_be_allowed_host("8.8.8.8", {}));
}

TEST(AddressRules, OtherFamiliesAreRefused) {
  sockaddr address{};
  address.sa_family = AF_UNIX;
  EXPECT_FALSE(is_public_address(address));
}

}  // namespace
}  // namespace subtide
