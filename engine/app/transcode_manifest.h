#pragma once

#include <string>
#include <vector>

#include "engine/app/transcode_arguments.h"
#include "engine/app/transcode_options.h"
#include "engine/base/result.h"

namespace subtide {

/// Sets of inputs that share their options, at least one: those named on the command line, and for
/// each manifest among these (a file that ends in .json or .csv) one for each of its lines. A line
/// has the options of the command line but for those that it names itself; paths in it count from
/// the working folder, as typed ones do.
///
/// Errors: those of the options and of read_batch_manifest(); the message names manifest and line.
Result<std::vector<TranscodeOptions>> read_transcode_parts(const TranscodeArguments& arguments);

/// The options that a line may have, without dashes; beside these "input".
std::vector<std::string> manifest_keys();

}  // namespace subtide
