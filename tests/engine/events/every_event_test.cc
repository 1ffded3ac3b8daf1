// Every type of the catalogue, over the real bus, as a subscriber in any language sees it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/base/atomic_file.h"
#include "tests/engine/events/bus_bench.h"
#include "tests/engine/events/one_of_each.h"
#include "tests/support/json_schema.h"

namespace subtide {
namespace {

using namespace testing_support;
using Json = nlohmann::json;

Json schema_of(const std::string& name) {
  return Json::parse(need(read_file(source_root() / "engine/events/schema" / name, 1 << 20)));
}

bool is_valid(const Json& schema, const Json& value) { return first_breach(schema, value).empty(); }

/// The names of the whole catalogue, out of its type.
template <std::size_t... Index>
std::vector<std::string> names_of_catalogue(std::index_sequence<Index...>) {
  return {std::string(std::variant_alternative_t<Index, EventBody>::kName)...};
}

TEST(EveryEvent, ComesOverTheBusAndMeetsItsSchema) {
  BusBench bus;
  Speaker speaker(bus.publisher(), &bus.log);
  EventSubscriber subscriber = bus.subscriber();
  settle(speaker, subscriber);
  const std::vector<EventBody> bodies = one_of_each();
  for (const EventBody& body : bodies) speaker.say(body);
  std::map<std::string, ReceivedEvent> heard;
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    const auto next = need(subscriber.receive(milliseconds(10'000)));
    ASSERT_TRUE(next) << "only " << i << " of " << bodies.size() << " came";
    ASSERT_TRUE(std::holds_alternative<HeardEvent>(*next)) << short_text(*next);
    const ReceivedEvent& event = std::get<HeardEvent>(*next).event;
    EXPECT_EQ(event.name, name_of(bodies[i]));
    heard[event.name] = event;
  }
  const Json envelope = schema_of("envelope.json");
  const auto names = names_of_catalogue(std::make_index_sequence<std::variant_size_v<EventBody>>());
  for (const std::string& name : names) {
    ASSERT_TRUE(heard.contains(name)) << name << ": one_of_each.h has no value of it";
    const ReceivedEvent& event = heard[name];
    EXPECT_TRUE(is_valid(envelope, Json::parse(event.json))) << event.json;
    EXPECT_TRUE(is_valid(schema_of(name + ".v1.json"), Json::parse(event.data))) << event.data;
    EXPECT_EQ(event.sequence.has_value(), class_of(name) == EventClass::kFact) << name;
  }
  // Facts are in the log too, as they went over the bus.
  const auto rows = need(bus.log.read_from(1, 1000));
  const auto facts = std::ranges::count_if(
      names, [](const auto& name) { return class_of(name) == EventClass::kFact; });
  EXPECT_EQ(rows.size(), static_cast<std::size_t>(facts));
  for (const LoggedEvent& row : rows) {
    const std::string name = need(parse_envelope(row.json)).name;
    EXPECT_EQ(row.json, heard[name].json);
  }
  std::printf("%zu types of events, %zu of them facts, each valid\n", names.size(), rows.size());
}

}  // namespace
}  // namespace subtide
