-- Drives Neovim's own LSP client: opens a file, waits for diagnostics, hovers, applies the fix to
-- bfloat16, waits until the finding is gone. Environment: INIT (the README's configuration, where
-- this Neovim understands it, else empty), SERVER, FILE, FILETYPE, FIXED (text expected).
local passed = 0
local current = 'start'

local function step(title, run)
  current = title
  local value = run()
  passed = passed + 1
  print('  ok ' .. title)
  return value
end

local function wait(run)
  assert(vim.wait(10000, run, 20), 'timed out')
end

local function finding()
  for _, each in ipairs(vim.diagnostic.get(0)) do
    if each.source == 'tunelint' and each.message:match('fp16') or each.message:match('float16') then
      return each
    end
  end
end

-- Neovim before 0.11 has no configuration of servers: a client is started by hand.
local function start_by_hand()
  vim.cmd('edit ' .. vim.env.FILE)
  vim.bo.filetype = vim.env.FILETYPE
  local client = vim.lsp.start_client({
    name = 'tunelint',
    cmd = { 'node', vim.env.SERVER, '--stdio' },
    root_dir = vim.fn.getcwd(),
    init_options = { gpu = 'RTX 4090D' },
  })
  vim.lsp.buf_attach_client(0, client)
  return function() return vim.lsp.get_client_by_id(client) end
end

-- The lines of the README start the server for a file of one of their languages.
local function start_as_configured()
  dofile(vim.env.INIT)
  vim.cmd('edit ' .. vim.env.FILE)
  assert(vim.bo.filetype == vim.env.FILETYPE, vim.bo.filetype)
  return function() return vim.lsp.get_clients({ name = 'tunelint', bufnr = 0 })[1] end
end

local function main()
  local id = step('the server starts', function()
    local started = ((vim.env.INIT or '') == '' and start_by_hand or start_as_configured)()
    wait(function()
      local client = started()
      return client and client.initialized
    end)
    return started().id
  end)
  local encoding = vim.lsp.get_client_by_id(id).offset_encoding
  local document = { uri = vim.uri_from_bufnr(0) }

  local function request(method, params)
    for _, answer in pairs(vim.lsp.buf_request_sync(0, method, params, 10000) or {}) do
      assert(not answer.error, vim.inspect(answer.error))
      return answer.result
    end
  end

  step('diagnostics arrive', function() wait(finding) end)
  local found = finding()
  local range = {
    start = { line = found.lnum, character = found.col },
    ['end'] = { line = found.end_lnum, character = found.end_col },
  }
  step('hover answers', function()
    local hover = request('textDocument/hover', { textDocument = document, position = range.start })
    assert(hover and #hover.contents.value > 0, 'no hover')
  end)
  step('the setting names the card', function()
    local lenses = request('textDocument/codeLens', { textDocument = document })
    assert(lenses and lenses[1].command.title:find('of 24.0 GiB', 1, true), vim.inspect(lenses))
  end)
  local action = step('a code action is offered', function()
    local context = { diagnostics = {}, only = { 'quickfix' } }
    local params = { textDocument = document, range = range, context = context }
    for _, offered in ipairs(request('textDocument/codeAction', params) or {}) do
      if offered.title:match('bfloat16') then return offered end
    end
    error('no action to bfloat16')
  end)
  step('the action is applied', function()
    vim.lsp.util.apply_workspace_edit(action.edit, encoding)
    local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), '\n')
    assert(text:find(vim.env.FIXED, 1, true), text)
  end)
  step('the finding is gone', function() wait(function() return not finding() end) end)
  step('the server stops', function()
    local client = vim.lsp.get_client_by_id(id)
    if vim.lsp.get_clients then client:stop() else client.stop() end
    wait(function() return client.is_stopped(client) end)
  end)
end

local ok, why = pcall(main)
if not ok then print('  failed: ' .. current .. ': ' .. tostring(why)) end
print(('tunelint-report %d %d\n'):format(passed, ok and 0 or 1))
vim.cmd(ok and 'qall!' or 'cquit 1')
