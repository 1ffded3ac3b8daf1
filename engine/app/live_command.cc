// subtide live: reads the options; live_stream.h does the work.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "engine/app/command.h"
#include "engine/app/live_options.h"
#include "engine/app/live_stream.h"
#include "engine/app/option_sources.h"
#include "engine/app/time_option.h"
#include "engine/subtitles/sidecar.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExample =
    "  subtide live 'srt://:9000?mode=listener' --language en --translate es,it\n"
    "  subtide live rtmp://127.0.0.1/live/news --hls /var/www/news --ladder 720p,360p\n"
    "  subtide live talk.mp4 --as-live --http 127.0.0.1:8080\n";

/// Option values as typed; LiveOptions holds those that need no reading.
struct TypedOptions {
  LiveOptions options;
  int lanes = 0;
  std::string hls;
  std::string http;
  std::string record;
  std::string ladder;
  std::string slate;
  std::vector<std::string> captions = {"webvtt"};
  bool passthrough = false;
  std::string display = "sync";
  std::string latency = "4s";
  std::string segment = "2s";
  std::string part;
  std::string metadata;
  std::string duration;
  std::string state;
  std::string config;
  bool quiet = false;
  bool verbose = false;
};

void add_source_options(CLI::App& app, TypedOptions& typed) {
  app.add_option("source", typed.options.source,
                 "srt://, rtmp://, rtsp://, udp://, rtp://, http(s)://….m3u8, or a file")
      ->required();
  app.add_flag("--as-live", typed.options.as_live, "Files: at the speed of the clock");
  app.add_option("--allow", typed.options.allow,
                 "Private networks that playlists of the source may point into, such as 10.0.0.0/8")
      ->delimiter(',')
      ->type_name("CIDR,...");
  app.add_option("--metadata", typed.metadata, "Markers to put into the stream (JSON lines)")
      ->type_name("FILE");
  app.add_option("--duration", typed.duration, "End after so much media")->type_name("TIME");
}

void add_output_options(CLI::App& app, TypedOptions& typed) {
  app.add_option("--hls", typed.hls, "Write HLS into this folder")->type_name("DIR");
  app.add_option("--http", typed.http,
                 "Serve HLS, a watch page and metrics here (default without any output: "
                 "127.0.0.1:8080)")
      ->type_name("ADDRESS:PORT");
  app.add_option("--token", typed.options.token,
                 "Who wants to watch must know it; needed beyond loopback (better: SUBTIDE_TOKEN)")
      ->type_name("TOKEN");
  app.add_option("--push", typed.options.push, "Also send to srt:// or rtmp:// addresses")
      ->type_name("URI");
  app.add_option(
         "--record", typed.record,
         "Also write a file with the texts inside: .mp4 or .mkv; behind a full disk it goes "
         "on in another one, such as talk-2.mkv")
      ->type_name("FILE");
  app.add_option("--ladder", typed.ladder, "Encode into 720p,360p … or as a ladder file says")
      ->type_name("LIST|FILE");
  app.add_flag("--passthrough", typed.passthrough,
               "Keep the video as it is (the default); while the source is away there is none");
  app.add_option("--slate", typed.slate,
                 "With --ladder: the PNG or JPEG shown while the source is away (default: a dark "
                 "picture with the sign of a pause)")
      ->type_name("FILE");
  app.add_option("--captions", typed.captions,
                 "webvtt: renditions of the HLS; 608: CEA-608 in the pictures of every output, CC1 "
                 "what is said, CC3 the first translation "
                 "(default: webvtt)")
      ->delimiter(',')
      ->type_name("KIND,...");
  app.add_flag("--force", typed.options.force, "Replace files that exist");
  app.add_flag("--json", typed.options.json, "Events as JSON lines on standard output");
}

void add_time_options(CLI::App& app, TypedOptions& typed) {
  app.add_option("--display", typed.display,
                 "sync: pictures wait for their captions; async: captions may come late "
                 "(default: sync)")
      ->type_name("MODE");
  app.add_option("--latency", typed.latency, "How long captions may take (default: 4s)")
      ->type_name("TIME");
  app.add_option("--segment", typed.segment, "Length of HLS segments (default: 2s)")
      ->type_name("TIME");
  app.add_option("--part", typed.part, "Low-latency HLS with parts of this length, such as 0.5s")
      ->type_name("TIME");
  app.add_option("--window", typed.options.window, "Segments in a live playlist (default: 6)")
      ->check(CLI::Range(3, 10'000))
      ->type_name("N");
  app.add_flag("--event", typed.options.keeps_all,
               "Keep all segments; at the end the playlist is the whole programme");
}

void add_work_options(CLI::App& app, TypedOptions& typed) {
  app.add_option("--lanes", typed.lanes, "Windows recognised at once (default: by the cores)")
      ->check(CLI::Range(1, 64))
      ->type_name("N");
  app.add_option("--workers", typed.options.workers,
                 "Recognise in so many processes, translate in others (default: none)")
      ->check(CLI::Range(0, 64))
      ->type_name("N");
  app.add_option("--state", typed.state, "Where this run keeps its events")->type_name("DIR");
  app.add_option("--config", typed.config, "Read options from this file")->type_name("FILE");
  app.add_flag("-q,--quiet", typed.quiet, "Only errors");
  app.add_flag("-v,--verbose", typed.verbose, "Also each gap and each retry");
}

Error wrong(const char* option, std::string_view what) {
  return make_error(ErrorCode::kInvalidArgument, "{}: {}", option, what);
}

/// "4", "4s", "500ms", "1:30".
Result<MediaDuration> read_length(std::string text, const char* option, MediaDuration least,
                                  MediaDuration most) {
  double factor = 1;
  if (text.ends_with("ms")) {
    factor = 0.001;
    text.resize(text.size() - 2);
  } else if (text.ends_with('s')) {
    text.pop_back();
  }
  const auto time = parse_time(text);
  if (!time) return wrong(option, time.error().message);
  const MediaDuration length = from_seconds(to_seconds(*time) * factor);
  if (length < least || length > most) {
    return make_error(ErrorCode::kInvalidArgument, "{}: from {} s to {} s", option,
                      to_seconds(least), to_seconds(most));
  }
  return length;
}

Status read_lengths(TypedOptions& typed) {
  using namespace std::chrono_literals;
  LiveOptions& options = typed.options;
  const auto latency = read_length(typed.latency, "--latency", 500ms, 60s);
  if (!latency) return latency.error();
  options.latency = *latency;
  const auto segment = read_length(typed.segment, "--segment", 500ms, 30s);
  if (!segment) return segment.error();
  options.segment = *segment;
  if (!typed.part.empty()) {
    const auto part = read_length(typed.part, "--part", 100ms, options.segment);
    if (!part) return part.error();
    options.part = *part;
  }
  if (!typed.duration.empty()) {
    const auto duration = read_length(typed.duration, "--duration", 1ms, 24h * 365);
    if (!duration) return duration.error();
    options.duration = *duration;
  }
  return ok();
}

Status read_display(TypedOptions& typed) {
  if (typed.display != "sync" && typed.display != "async") {
    return wrong("--display", "write sync or async");
  }
  typed.options.display = typed.display == "sync" ? LiveDisplay::kSync : LiveDisplay::kAsync;
  return ok();
}

Status read_captions(TypedOptions& typed) {
  typed.options.writes_webvtt = false;
  for (const auto& kind : typed.captions) {
    if (kind == "webvtt") {
      typed.options.writes_webvtt = true;
    } else if (kind == "608") {
      typed.options.writes_cea608 = true;
    } else {
      return make_error(ErrorCode::kInvalidArgument,
                        "--captions: '{}' is no kind of captions; write webvtt, 608 or webvtt,608",
                        kind);
    }
  }
  return ok();
}

Status read_choices(TypedOptions& typed) {
  LiveOptions& options = typed.options;
  if (const auto checked = check_speech_options(options); !checked) return checked;
  if (typed.quiet && typed.verbose) {
    return make_error(ErrorCode::kInvalidArgument, "-q and -v exclude each other");
  }
  if (typed.quiet) options.verbosity = Verbosity::kQuiet;
  if (typed.verbose) options.verbosity = Verbosity::kVerbose;
  if (typed.lanes > 0) options.lanes = typed.lanes;
  if (typed.passthrough && !typed.ladder.empty()) {
    return make_error(ErrorCode::kInvalidArgument, "--passthrough and --ladder exclude each other");
  }
  if (!typed.ladder.empty()) {
    auto ladder = read_ladder(typed.ladder);
    if (!ladder) return wrong("--ladder", ladder.error().message);
    options.ladder = std::move(*ladder);
  }
  if (!typed.slate.empty() && !options.ladder) {
    return wrong("--slate", "only video that is encoded can show it; add --ladder");
  }
  return ok();
}

Status read_outputs(TypedOptions& typed) {
  LiveOptions& options = typed.options;
  const auto path = [](const std::string& text) {
    return text.empty() ? std::nullopt : std::optional<fs::path>(text);
  };
  options.hls = path(typed.hls);
  options.record = path(typed.record);
  options.metadata = path(typed.metadata);
  options.slate = path(typed.slate);
  options.state = path(typed.state);
  if (options.record && options.record->extension() != ".mp4" &&
      options.record->extension() != ".mkv") {
    return wrong("--record", "the name must end in .mp4 or .mkv");
  }
  const bool has_output = options.hls || options.record || !options.push.empty();
  if (typed.http.empty() && !has_output) typed.http = "127.0.0.1:8080";
  if (typed.http.empty()) return ok();
  const auto http = parse_listen_address(typed.http);
  if (!http) return wrong("--http", http.error().message);
  options.http = *http;
  return ok();
}

Status read_options(TypedOptions& typed) {
  for (const auto& read : {read_lengths, read_display, read_captions, read_choices, read_outputs}) {
    if (const auto done = read(typed); !done) return done;
  }
  return ok();
}

ExitCode run(CLI::App& app, TypedOptions& typed, std::stop_token stop) {
  const auto config = typed.config.empty() ? std::nullopt : std::optional<fs::path>(typed.config);
  Status ready = fill_from_sources(app, config);
  if (ready) ready = read_options(typed);
  if (!ready) {
    Console(Verbosity::kNormal).error("subtide: {}", ready.error().message);
    return ExitCode::kUsage;
  }
  return run_live_stream(typed.options, std::move(stop));
}

}  // namespace

Command add_live_command(CLI::App& program) {
  const auto typed = std::make_shared<TypedOptions>();
  CLI::App* app = program.add_subcommand(
      "live", "Captions and translates a live stream; gives it on as HLS and more");
  add_source_options(*app, *typed);
  add_speech_options(*app, typed->options);
  add_output_options(*app, *typed);
  add_time_options(*app, *typed);
  add_work_options(*app, *typed);
  return {app, kExample,
          [app, typed](std::stop_token stop) { return run(*app, *typed, std::move(stop)); }};
}

}  // namespace subtide
