-- wrk: every request is about another range of the resource.
--
-- wrk -s range.lua URL -- FILE_SIZE RANGE_SIZE [write]
--
-- Reads it, or writes it. Requests are made before the run starts, because formatting one costs the
-- client as much as sending it. The seed is fixed: every server gets the same ranges in the same order.

local ALIGNMENT = 4096

local pool = {}
local pool_size = 65536
local next_request = 0

function init(args)
  local file_size = tonumber(args[1])
  local range_size = tonumber(args[2])
  local method, field, form, body = "GET", "Range", "bytes=%d-%d", nil
  if args[3] == "write" then
    method, field, form, body = "PUT", "Content-Range", "bytes %d-%d/*", string.rep("d", range_size)
    -- Each has its own copy of the body.
    pool_size = 4096
  end
  local places = math.floor((file_size - range_size) / ALIGNMENT) + 1
  math.randomseed(20140301)
  for i = 1, pool_size do
    local first = (math.random(places) - 1) * ALIGNMENT
    wrk.headers[field] = string.format(form, first, first + range_size - 1)
    pool[i] = wrk.format(method, wrk.path, nil, body)
  end
end

function request()
  next_request = next_request % pool_size + 1
  return pool[next_request]
end
