// Every element as users meet it: its properties, and the plug-in in gst-inspect-1.0.
#include <gmock/gmock.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

#include "elements/register.h"
#include "engine/gst/element_type.h"
#include "tests/support/gst_fake_provider.h"
#include "tests/support/gst_text_harness.h"
#include "tests/support/program.h"

namespace subtide {
namespace {

using testing::HasSubstr;
using testing_support::FakeProvider;
using testing_support::make_element;

constexpr const char* kElements[] = {
    "tidevad",         "tidetranscribe",  "tidetranslate", "tidecues", "tidecea608",
    "tidecaptionmeta", "tidesidecarsink", "tideslate",     "tidemeta", "tideingest",
    "tidehlssink",     "tidehold",        "tideqc",        "tideshots"};

class PluginTest : public testing::Test {
 protected:
  PluginTest() {
    testing_support::start_gstreamer();
    register_elements(nullptr, std::make_shared<FakeProvider>(nullptr));
  }

  /// The properties that are ours, not those of GstElement and GstObject.
  static std::vector<GParamSpec*> own_properties(GObjectClass* object_class, GType parent) {
    guint count = 0;
    GParamSpec** specs = g_object_class_list_properties(object_class, &count);
    std::vector<GParamSpec*> own;
    for (guint index = 0; index < count; ++index) {
      if (!g_type_is_a(parent, specs[index]->owner_type)) own.push_back(specs[index]);
    }
    g_free(specs);
    return own;
  }
  /// Numbers say what they count; texts, choices and switches say what they take.
  static bool names_its_unit(const GParamSpec* spec, const std::string& blurb) {
    const bool is_number = !G_IS_PARAM_SPEC_STRING(spec) && !G_IS_PARAM_SPEC_BOOLEAN(spec) &&
                           !G_IS_PARAM_SPEC_ENUM(spec);
    static const std::regex units(
        "nanoseconds|milliseconds|seconds|\\bms\\b|frames|characters|count|[Nn]umber "
        "of|probability|"
        "0 to 1|per second|samples|dBFS");
    return !is_number || std::regex_search(blurb, units);
  }
  static void expect_documented(GObjectClass* object_class, GType parent, const char* owner) {
    const auto properties = own_properties(object_class, parent);
    EXPECT_FALSE(properties.empty()) << owner;
    for (GParamSpec* spec : properties) {
      const gchar* raw = g_param_spec_get_blurb(spec);
      const std::string blurb = raw != nullptr ? raw : "";
      EXPECT_GT(blurb.size(), 10U) << owner << " " << spec->name << ": " << blurb;
      EXPECT_TRUE(names_its_unit(spec, blurb)) << owner << " " << spec->name << ": " << blurb;
    }
  }
  static ProgramResult inspect(const std::string& name) {
    ProgramOptions options;
    options.environment = {{"GST_PLUGIN_PATH", SUBTIDE_PLUGIN_FOLDER},
                           {"GST_REGISTRY", testing::TempDir() + "subtide_plugin_test.registry"},
                           {"GST_REGISTRY_FORK", "no"}};
    return run_program({"gst-inspect-1.0", name}, options);
  }
};

TEST_F(PluginTest, EveryPropertySaysWhatItDoesAndInWhichUnit) {
  for (const char* name : kElements) {
    const ElementPtr element = make_element(name);
    ASSERT_NE(element, nullptr) << name;
    expect_documented(G_OBJECT_GET_CLASS(element.get()), GST_TYPE_ELEMENT, name);
  }
}

TEST_F(PluginTest, ThePadPropertiesOfTheSidecarSinkAreDocumentedToo) {
  const ElementPtr element = make_element("tidesidecarsink");
  const PadPtr pad(gst_element_request_pad_simple(element.get(), "text_%u"));
  ASSERT_NE(pad, nullptr);
  expect_documented(G_OBJECT_GET_CLASS(pad.get()), GST_TYPE_PAD, "text_%u");
}

TEST_F(PluginTest, GstInspectLoadsThePlugInAndListsEveryElement) {
  const ProgramResult result = inspect("subtide");
  ASSERT_TRUE(result.succeeded()) << result.summary();
  for (const char* name : kElements) EXPECT_THAT(result.out, HasSubstr(name));
}

TEST_F(PluginTest, GstInspectShowsEachElement) {
  for (const char* name : kElements) {
    const ProgramResult result = inspect(name);
    EXPECT_TRUE(result.succeeded()) << name << ": " << result.summary();
    EXPECT_THAT(result.out, HasSubstr("Pad Templates"));
  }
}

TEST_F(PluginTest, ANewRegistrationGivesItsProviderToNewElementsOnly) {
  const ElementPtr before = make_element("tidetranslate");
  const auto provider = std::make_shared<FakeProvider>(nullptr);
  register_elements(nullptr, provider);
  const ElementPtr after = make_element("tidetranslate");
  EXPECT_NE(provider_of(before.get()), provider);
  EXPECT_EQ(provider_of(after.get()), provider);
}

}  // namespace
}  // namespace subtide
