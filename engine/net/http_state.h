#pragma once

#include "engine/net/http_client.h"
#include "engine/net/http_transfer.h"

namespace subtide {

struct HttpClient::State {
  HttpTransfer transfer;
};

}  // namespace subtide
