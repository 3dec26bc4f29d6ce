-- wrk: every request asks for another range of the resource.
--
-- wrk -s range.lua URL -- FILE_SIZE RANGE_SIZE
--
-- Requests are made before the run starts, because formatting one costs the client as much as
-- sending it. The seed is fixed: every server gets the same ranges in the same order.

local POOL = 65536
local ALIGNMENT = 4096

local pool = {}
local next_request = 0

function init(args)
  local file_size = tonumber(args[1])
  local range_size = tonumber(args[2])
  local places = math.floor((file_size - range_size) / ALIGNMENT) + 1
  math.randomseed(20140301)
  for i = 1, POOL do
    local first = (math.random(places) - 1) * ALIGNMENT
    wrk.headers["Range"] = string.format("bytes=%d-%d", first, first + range_size - 1)
    pool[i] = wrk.format("GET", wrk.path)
  end
end

function request()
  next_request = next_request % POOL + 1
  return pool[next_request]
end
