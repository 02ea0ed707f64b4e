-- One event a request, each with a UUID of its own. KIND, CONTENT, PATHS, COOKIE and CSRF come from the environment.
local kind, content = os.getenv("KIND"), os.getenv("CONTENT")
local paths = {}
for path in string.gmatch(os.getenv("PATHS"), "%S+") do paths[#paths + 1] = path end
local headers = {
  ["Content-Type"] = "application/json",
  ["Cookie"] = os.getenv("COOKIE"),
  ["X-CSRFToken"] = os.getenv("CSRF"),
}
local run = tonumber(os.getenv("RUN"))
local count = 0

function request()
  count = count + 1
  local id = string.format("%08x-%04x-7000-8000-%012x", run, count % 65536, count)
  local body = '{"events":[{"id":"' .. id .. '","kind":"' .. kind
    .. '","effective_at":"2026-11-22T17:30:00.123Z","content":' .. content .. ',"device":"tablet-3"}]}'
  return wrk.format("POST", paths[count % #paths + 1], headers, body)
end

function done(summary, latency)
  local failed = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format(
    'RESULT {"requests": %d, "failed": %d, "seconds": %.3f, "p50_ms": %.3f, "p99_ms": %.3f, "max_ms": %.3f}\n',
    summary.requests, failed, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
end
