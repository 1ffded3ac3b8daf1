#include "engine/net/address_rules.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstring>
#include <string>

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

TEST(AddressRules, OtherFamiliesAreRefused) {
  sockaddr address{};
  address.sa_family = AF_UNIX;
  EXPECT_FALSE(is_public_address(address));
}

}  // namespace
}  // namespace subtide
