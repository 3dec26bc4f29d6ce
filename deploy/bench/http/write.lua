-- wrk: every request writes another block of the resource.
--
-- wrk -s write.lua URL -- FILE_SIZE BLOCK_SIZE
--
-- As range.lua, requests are made before the run starts, with a fixed seed.

local POOL = 4096

local pool = {}
local next_request = 0

function init(args)
  local file_size = tonumber(args[1])
  local block_size = tonumber(args[2])
  local places = math.floor(file_size / block_size)
  math.randomseed(20140301)
  local body = string.rep("d", block_size)
  for i = 1, POOL do
    local first = (math.random(places) - 1) * block_size
    wrk.headers["Content-Range"] = string.format("bytes %d-%d/*", first, first + block_size - 1)
    pool[i] = wrk.format("PUT", wrk.path, nil, body)
  end
end

function request()
  next_request = next_request % POOL + 1
  return pool[next_request]
end
