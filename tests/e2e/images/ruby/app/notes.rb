# SPDX-License-Identifier: Apache-2.0
# Notes in Markdown: pages from ERB in several languages, highlighted code, times, exports in formats and charsets.
require 'sinatra/base'
require 'i18n'
require 'kramdown'
require 'tzinfo'

I18n.load_path += Dir[File.expand_path('config/locales/*.yml', __dir__)]

class Notes < Sinatra::Base
  set :root, __dir__
  set :show_exceptions, false
  set :host_authorization, {}
  NOTES = { 'milk' => "# Milk\n\nBuy *milk*.\n", 'code' => "# Code\n\n~~~ ruby\nputs 1\n~~~\n" }

  before { I18n.locale = params[:lang] || :en }

  get('/health') { "well\n" }
  get('/') { erb :index, layout: :layout }

  get '/notes/:name' do
    text = NOTES.fetch(params[:name]) { halt 404 }
    erb Kramdown::Document.new(text, syntax_highlighter: nil).to_html, layout: :layout
  end

  get '/about/:page' do
    erb :"about_#{params[:page][/\w+/]}", layout: :layout
  end

  # A drawing of code, in the language that it is in.
  post '/highlight/:language' do
    require 'rouge'
    Rouge.highlight(request.body.read, params[:language], 'html')
  end

  get '/time' do
    TZInfo::Timezone.get(params[:zone]).to_local(Time.utc(2024, 7, 1, 12)).strftime('%FT%T%:z')
  end

  # Each format is a library of its own, loaded when it is first asked for.
  get '/export.:format' do
    require_relative "formats/#{params[:format][/\w+/]}"
    charset = params[:charset] || 'utf-8'
    content_type :text, charset: charset
    Formats.const_get(params[:format].upcase).call(NOTES.keys + ['Käse']).encode(charset)
  end

  get('/private') { halt 403 }
  error(403) { erb :'errors/403', layout: :layout }
  error(404) { erb :'errors/404', layout: :layout }
end
