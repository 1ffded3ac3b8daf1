#pragma once

namespace subtide {

/// Lets other threads go first where processors are scarce: for work beside a live stream that may
/// take a moment longer, while pictures and answers may not. Threads that this one starts from now
/// on go behind as well.
///
/// Time:    Linux: a niceness of 5, about a third of the share of others. Once made, it stays.
/// Threads: for the calling thread; calling again costs next to nothing.
/// Errors:  none; where the system refuses, the thread stays as it is.
void make_background_thread();

}  // namespace subtide
